//go:build e2e

package field

import (
	"strings"
	"testing"

	"github.com/stepherd/stepherd/test/harness"
)

// TestRunsOfInputs submits inputs and follows them to their ends.
func TestRunsOfInputs(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	for _, c := range []struct {
		file         string
		code         int
		stdout       string
		stderr, lack []string
	}{
		{"env-order.yaml", 0, "a | IN=/data/in\n", nil, nil},
		{"volume-override.yaml", 0, "", nil, nil},
		{"timeout-live-line.yaml", 1, "b | b\n", []string{"- a Failed: Timeout: ", "- a#2 Failed: Timeout: "}, []string{"Deleted", "exit code 137: its Pod was deleted"}},
	} {
		t.Run(c.file, func(t *testing.T) {
			t.Parallel()
			got := ns.Follow(t, input(t, c.file), c.code)
			harness.MustContain(t, "stdout", got.Stdout, c.stdout)
			harness.MustContain(t, "stderr", got.Stderr, c.stderr...)
			for _, part := range c.lack {
				if strings.Contains(got.Stderr, part) {
					t.Errorf("stderr contains %q:\n%s", part, got.Stderr)
				}
			}
		})
	}
}

// TestRendersOfInputs holds the step Pods of inputs that this cluster has no volume or device for. The API server takes each.
func TestRendersOfInputs(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	for _, c := range []struct {
		file       string
		want, lack []string
	}{
		{"volume-and-probe-override.yaml", []string{"persistentVolumeClaim:", "httpGet:"}, []string{"emptyDir", "exec:"}},
		{"gpu-limit-over-short-form.yaml", []string{`nvidia.com/gpu: "4"`}, []string{`nvidia.com/gpu: "1"`}},
	} {
		t.Run(c.file, func(t *testing.T) {
			t.Parallel()
			got := ns.LauncherWith(t, input(t, c.file), "render", "-", "--step", "a")
			if got.Code != 0 {
				t.Fatalf("render: exit code %d\n%s", got.Code, got.Stderr)
			}
			harness.MustContain(t, "the step's Pod", got.Stdout, c.want...)
			for _, part := range c.lack {
				if strings.Contains(got.Stdout, part) {
					t.Errorf("the step's Pod contains %q:\n%s", part, got.Stdout)
				}
			}
			harness.Kubectl(t, got.Stdout, "create", "-n", ns.Name, "--dry-run=server", "--validate=strict", "-f", "-")
		})
	}
}

// TestCancelWithoutADriver cancels a run whose driver cannot start for want of a Secret.
func TestCancelWithoutADriver(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	run := ns.Submit(t, input(t, "cancel-wait-hangs.yaml"), "--no-check")
	got := ns.Launcher(t, "cancel", run, "--wait")
	if got.Code != 3 {
		t.Errorf("cancel --wait: exit code %d, want 3\n%s%s", got.Code, got.Stdout, got.Stderr)
	}
	harness.MustContain(t, "what cancel says", got.Stdout+got.Stderr, "driver", "--force")
	harness.MustContain(t, "what get says", ns.Launcher(t, "get", run).Stdout, "a cancel was asked for at ")
	if got := ns.Launcher(t, "cancel", run, "--force"); got.Code != 0 {
		t.Errorf("cancel --force: exit code %d\n%s", got.Code, got.Stderr)
	}
	if got := ns.Wait(t, run); got.Code != 4 {
		t.Errorf("wait: exit code %d, want 4\n%s", got.Code, got.Stderr)
	}
}

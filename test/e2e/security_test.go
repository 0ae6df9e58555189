//go:build e2e

package e2e

import (
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/test/harness"
)

const enforce = "pod-security.kubernetes.io/enforce="

// TestBaselineNamespace runs a default step, whose image runs as root, where baseline is enforced.
func TestBaselineNamespace(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t, enforce+"baseline")
	got := ns.Follow(t, harness.Pipeline("base", harness.Busybox+"steps: [{name: who, command: [id, -u]}]\n"), 0)
	harness.MustContain(t, "stdout", got.Stdout, "who | 0\n")
}

// TestRestrictedNamespace refuses a default step before anything is created and says the line to add; with the line it runs.
func TestRestrictedNamespace(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t, enforce+"restricted")
	steps := "steps: [{name: who, command: [id, -u]}]\n"
	got := ns.LauncherWith(t, harness.Pipeline("strict", harness.Busybox+steps), "submit", "-")
	if got.Code == 0 {
		t.Fatalf("a default step was accepted:\n%s", got.Stdout)
	}
	harness.MustContain(t, "stderr", got.Stderr, "who", "security: restricted")
	if left := harness.Kubectl(t, "", "get", "jobs,pods", "-n", ns.Name, "-o", "name"); left != "" {
		t.Errorf("created nevertheless: %s", left)
	}
	got = ns.Follow(t, harness.Pipeline("strict", harness.Busybox+"  security: restricted\n  podSettings: {securityContext: {runAsUser: 1234}}\n"+steps), 0)
	harness.MustContain(t, "stdout", got.Stdout, "who | 1234\n")
}

// TestExample runs examples/iris in a namespace that enforces restricted and wants the right numbers in its report.
func TestExample(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t, enforce+"restricted")
	harness.Kubectl(t, "", "apply", "-n", ns.Name, "-f", filepath.Join(harness.Root, "examples/iris/pvc.yaml"))
	got := ns.Launcher(t, "submit", "--follow", filepath.Join(harness.Root, "examples/iris/pipeline.yaml"))
	if got.Code != 0 {
		t.Fatalf("exit code %d\n%s%s", got.Code, got.Stdout, got.Stderr)
	}
	if best := regexp.MustCompile(`(?m)^report \| best: .*$`).FindString(got.Stdout); best != exampleResult {
		t.Errorf("the report ends in %q, want %q\n%s", best, exampleResult, got.Stdout)
	}
	for _, s := range ns.Get(t, ns.OnlyRun(t)).Steps {
		if s.Phase != v1alpha1.StepSucceeded {
			t.Errorf("step %s is %s", s.Name, s.Phase)
		}
	}
}

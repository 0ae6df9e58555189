//go:build e2e

package e2e

import (
	"testing"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/test/harness"
)

// TestCancel stops live Pods, starts none, and gives 4.
func TestCancel(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	run := ns.Submit(t, harness.Pipeline("long", harness.Busybox+`
steps:
  - {name: one, command: [sh, -c, "trap 'exit 0' TERM; sleep 600 & wait"]}
  - {name: two, command: [sleep, "600"], settings: {podSettings: {terminationGracePeriodSeconds: 1}}}
  - {name: after, needs: [one, two], command: ["true"]}
`))
	harness.Eventually(t, "both steps run", func() bool {
		r := ns.Get(t, run)
		return harness.Step(t, r, "one").Phase == v1alpha1.StepRunning && harness.Step(t, r, "two").Phase == v1alpha1.StepRunning
	})
	if got := ns.Launcher(t, "cancel", run, "--wait"); got.Code != 4 && got.Code != 0 {
		t.Errorf("cancel --wait: exit code %d\n%s", got.Code, got.Stderr)
	}
	if got := ns.Wait(t, run); got.Code != 4 {
		t.Errorf("wait: exit code %d, want 4\n%s", got.Code, got.Stderr)
	}
	r := ns.Get(t, run)
	if r.Phase != v1alpha1.RunCancelled {
		t.Errorf("the run is %s, want Cancelled", r.Phase)
	}
	for name, want := range map[string]v1alpha1.StepPhase{"one": v1alpha1.StepCancelled, "two": v1alpha1.StepCancelled, "after": v1alpha1.StepSkipped} {
		if s := harness.Step(t, r, name); s.Phase != want || s.Reason != v1alpha1.ReasonCancelled {
			t.Errorf("step %s is %s/%s, want %s/Cancelled", name, s.Phase, s.Reason, want)
		}
	}
	if left := harness.Kubectl(t, "", "get", "pods", "-n", ns.Name, "-l", v1alpha1.LabelComponent+"="+v1alpha1.ComponentStep,
		"--field-selector=status.phase=Running", "-o", "name"); left != "" {
		t.Errorf("still running: %s", left)
	}
	if pods := harness.Kubectl(t, "", "get", "pods", "-n", ns.Name, "-l", v1alpha1.LabelStep+"=after", "-o", "name"); pods != "" {
		t.Errorf("a Pod was made for the step after: %s", pods)
	}
	if got := ns.Launcher(t, "cancel", run); got.Code != 0 {
		t.Errorf("cancel of a finished run: exit code %d, want 0\n%s", got.Code, got.Stderr)
	} else {
		harness.MustContain(t, "what cancel says of a finished run", got.Stdout+got.Stderr, "Cancelled")
	}
}

// TestReusedNameAdoptsNothing leaves a former run's Pods behind and runs another one under its name.
func TestReusedNameAdoptsNothing(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	text := harness.Pipeline("again", harness.Busybox+"steps: [{name: work, command: [sh, -c, 'echo $RANDOM$RANDOM']}]\n")
	first := ns.Follow(t, text, 0, "--name", "same")
	old := harness.Step(t, ns.Get(t, "same"), "work").Attempts[0].Pod
	if got := ns.LauncherWith(t, text, "submit", "-", "--name", "same"); got.Code == 0 {
		t.Errorf("a name in use was taken:\n%s", got.Stdout)
	} else {
		harness.MustContain(t, "stderr", got.Stderr, `"same"`, "exists")
	}
	harness.Kubectl(t, "", "delete", "job", "same", "-n", ns.Name, "--cascade=orphan")
	harness.Kubectl(t, "", "get", "pod", old, "-n", ns.Name) // it is really still there
	harness.Kubectl(t, "", "delete", "pods", "-n", ns.Name, "-l", "batch.kubernetes.io/job-name=same")
	second := ns.Follow(t, text, 0, "--name", "same")
	if now := harness.Step(t, ns.Get(t, "same"), "work").Attempts[0].Pod; now == old {
		t.Errorf("the second run took over the Pod %s of the first", old)
	}
	if first.Stdout == second.Stdout {
		t.Errorf("both runs printed %q: the second did not run its step", first.Stdout)
	}
}

// TestDelete leaves nothing of the run.
func TestDelete(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	ns.Follow(t, harness.Pipeline("gone", harness.Busybox+"steps: [{name: work, command: [\"true\"]}]\n"), 0)
	run := ns.OnlyRun(t)
	if got := ns.Launcher(t, "delete", run); got.Code != 0 {
		t.Fatalf("delete: exit code %d\n%s", got.Code, got.Stderr)
	}
	harness.Eventually(t, "Job, Pods and record are gone", func() bool {
		return harness.Kubectl(t, "", "get", "jobs,pods,configmaps", "-n", ns.Name, "-l", v1alpha1.LabelManagedBy+"="+v1alpha1.ManagedBy, "-o", "name") == ""
	})
}

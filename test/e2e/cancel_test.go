//go:build e2e

package e2e

import (
	"testing"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// TestCancel stops live Pods, starts none, and gives 4.
func TestCancel(t *testing.T) {
	t.Parallel()
	ns := newNamespace(t)
	run := ns.submit(t, pipeline("long", busybox+`
steps:
  - {name: one, command: [sh, -c, "trap 'exit 0' TERM; sleep 600 & wait"]}
  - {name: two, command: [sleep, "600"], settings: {podSettings: {terminationGracePeriodSeconds: 1}}}
  - {name: after, needs: [one, two], command: ["true"]}
`))
	eventually(t, "both steps run", func() bool {
		r := ns.get(t, run)
		return step(t, r, "one").Phase == v1alpha1.StepRunning && step(t, r, "two").Phase == v1alpha1.StepRunning
	})
	if got := ns.launcher(t, "cancel", run, "--wait"); got.code != 4 && got.code != 0 {
		t.Errorf("cancel --wait: exit code %d\n%s", got.code, got.stderr)
	}
	if got := ns.wait(t, run); got.code != 4 {
		t.Errorf("wait: exit code %d, want 4\n%s", got.code, got.stderr)
	}
	r := ns.get(t, run)
	if r.Phase != v1alpha1.RunCancelled {
		t.Errorf("the run is %s, want Cancelled", r.Phase)
	}
	for name, want := range map[string]v1alpha1.StepPhase{"one": v1alpha1.StepCancelled, "two": v1alpha1.StepCancelled, "after": v1alpha1.StepSkipped} {
		if s := step(t, r, name); s.Phase != want || s.Reason != v1alpha1.ReasonCancelled {
			t.Errorf("step %s is %s/%s, want %s/Cancelled", name, s.Phase, s.Reason, want)
		}
	}
	if left := kubectl(t, "", "get", "pods", "-n", ns.name, "-l", v1alpha1.LabelComponent+"="+v1alpha1.ComponentStep,
		"--field-selector=status.phase=Running", "-o", "name"); left != "" {
		t.Errorf("still running: %s", left)
	}
	if pods := kubectl(t, "", "get", "pods", "-n", ns.name, "-l", v1alpha1.LabelStep+"=after", "-o", "name"); pods != "" {
		t.Errorf("a Pod was made for the step after: %s", pods)
	}
	if got := ns.launcher(t, "cancel", run); got.code != 0 {
		t.Errorf("cancel of a finished run: exit code %d, want 0\n%s", got.code, got.stderr)
	} else {
		mustContain(t, "what cancel says of a finished run", got.stdout+got.stderr, "Cancelled")
	}
}

// TestReusedNameAdoptsNothing leaves a former run's Pods behind and runs another one under its name.
func TestReusedNameAdoptsNothing(t *testing.T) {
	t.Parallel()
	ns := newNamespace(t)
	text := pipeline("again", busybox+"steps: [{name: work, command: [sh, -c, 'echo $RANDOM$RANDOM']}]\n")
	first := ns.follow(t, text, 0, "--name", "same")
	old := step(t, ns.get(t, "same"), "work").Attempts[0].Pod
	if got := ns.launcherWith(t, text, "submit", "-", "--name", "same"); got.code == 0 {
		t.Errorf("a name in use was taken:\n%s", got.stdout)
	} else {
		mustContain(t, "stderr", got.stderr, `"same"`, "exists")
	}
	kubectl(t, "", "delete", "job", "same", "-n", ns.name, "--cascade=orphan")
	kubectl(t, "", "get", "pod", old, "-n", ns.name) // it is really still there
	kubectl(t, "", "delete", "pods", "-n", ns.name, "-l", "batch.kubernetes.io/job-name=same")
	second := ns.follow(t, text, 0, "--name", "same")
	if now := step(t, ns.get(t, "same"), "work").Attempts[0].Pod; now == old {
		t.Errorf("the second run took over the Pod %s of the first", old)
	}
	if first.stdout == second.stdout {
		t.Errorf("both runs printed %q: the second did not run its step", first.stdout)
	}
}

// TestDelete leaves nothing of the run.
func TestDelete(t *testing.T) {
	t.Parallel()
	ns := newNamespace(t)
	ns.follow(t, pipeline("gone", busybox+"steps: [{name: work, command: [\"true\"]}]\n"), 0)
	run := ns.onlyRun(t)
	if got := ns.launcher(t, "delete", run); got.code != 0 {
		t.Fatalf("delete: exit code %d\n%s", got.code, got.stderr)
	}
	eventually(t, "Job, Pods and record are gone", func() bool {
		return kubectl(t, "", "get", "jobs,pods,configmaps", "-n", ns.name, "-l", v1alpha1.LabelManagedBy+"="+v1alpha1.ManagedBy, "-o", "name") == ""
	})
}

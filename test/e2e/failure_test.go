//go:build e2e

package e2e

import (
	"strings"
	"testing"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/test/harness"
)

// TestFailurePolicy holds the table of the design: bad fails while slow runs; later waits for nothing but a slot's turn behind quick,
// child and grandchild need bad.
func TestFailurePolicy(t *testing.T) {
	t.Parallel()
	type end struct {
		phase  v1alpha1.StepPhase
		reason v1alpha1.Reason
	}
	failed := end{v1alpha1.StepFailed, v1alpha1.ReasonError}
	succeeded := end{v1alpha1.StepSucceeded, ""}
	stopped := end{v1alpha1.StepSkipped, v1alpha1.ReasonStopped}
	upstream := end{v1alpha1.StepSkipped, v1alpha1.ReasonUpstreamFailed}
	for policy, want := range map[v1alpha1.FailurePolicy]map[string]end{
		v1alpha1.StopOnFailure: {"bad": failed, "slow": succeeded, "later": stopped, "child": upstream, "grandchild": upstream},
		v1alpha1.FailFast: {"bad": failed, "slow": {v1alpha1.StepCancelled, v1alpha1.ReasonStopped}, "later": stopped,
			"child": upstream, "grandchild": upstream},
		v1alpha1.ContinueOnFailure: {"bad": failed, "slow": succeeded, "later": succeeded, "child": upstream, "grandchild": upstream},
	} {
		t.Run(string(policy), func(t *testing.T) {
			t.Parallel()
			ns := harness.NewNamespace(t)
			got := ns.Follow(t, harness.Pipeline("fails", harness.Busybox+"failurePolicy: "+string(policy)+`
steps:
  - {name: bad, command: [sh, -c, "echo first; sleep 4; echo the last words; exit 3"]}
  - {name: slow, command: [sh, -c, "trap 'exit 1' TERM; sleep 12 & wait"]}
  - {name: later, needs: [slow], command: ["true"]}
  - {name: child, needs: [bad], command: ["true"]}
  - {name: grandchild, needs: [child, slow], command: ["true"]}
`), 1)
			harness.MustContain(t, "stderr", got.Stderr, "bad", "Error", "exit code 3", "the last words")
			run := ns.OnlyRun(t)
			r := ns.Get(t, run)
			if r.Phase != v1alpha1.RunFailed || r.Reason != v1alpha1.ReasonStepFailed {
				t.Errorf("the run is %s/%s, want Failed/StepFailed", r.Phase, r.Reason)
			}
			harness.MustContain(t, "the run's message", r.Message, "bad", "exit code 3")
			for name, w := range want {
				if s := harness.Step(t, r, name); (end{s.Phase, s.Reason}) != w {
					t.Errorf("step %s is %s/%s, want %s/%s", name, s.Phase, s.Reason, w.phase, w.reason)
				}
			}
			if code := harness.Step(t, r, "bad").Attempts[0].ExitCode; code == nil || *code != 3 {
				t.Errorf("the exit code of bad is %v, want 3", code)
			}
			jobFailedWithoutRestart(t, ns, run)
		})
	}
}

// jobFailedWithoutRestart wants what a CronJob's history and an alert on Jobs go by.
func jobFailedWithoutRestart(t *testing.T, ns harness.Namespace, run string) {
	t.Helper()
	condition := harness.Kubectl(t, "", "get", "job", run, "-n", ns.Name, "-o", `jsonpath={.status.conditions[?(@.type=="Failed")].status}`)
	codes := harness.Kubectl(t, "", "get", "pods", "-n", ns.Name, "-l", "batch.kubernetes.io/job-name="+run,
		"-o", "jsonpath={.items[*].status.containerStatuses[0].state.terminated.exitCode}")
	if condition != "True" || strings.TrimSpace(codes) != "100" {
		t.Errorf("the Job's condition Failed is %q and its driver Pods' exit codes are %q; want True and one 100", condition, codes)
	}
}

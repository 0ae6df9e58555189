//go:build e2e

package e2e

import (
	"strings"
	"syscall"
	"testing"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/test/harness"
)

// TestRetries tries steps again for reasons of their own and of others, each from its budget.
func TestRetries(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	run := ns.Submit(t, harness.Pipeline("retries", "failurePolicy: ContinueOnFailure\n"+harness.Busybox+`
steps:
  - name: heals
    command: [sh, -c, 'case $HOSTNAME in *-1-*) exit 3;; esac; echo healed']
    settings: {retry: {limit: 1, backoff: {duration: 1s}}}
  - name: hopeless
    command: [sh, -c, 'exit 4']
    settings: {retry: {limit: 1, backoff: {duration: 1s}}}
  - name: deleted
    command: [sh, -c, 'case $HOSTNAME in *-1-*) sleep 600;; esac']
    settings: {retry: {backoff: {duration: 1s}}}
  - name: hungry
    command: [sh, -c, 'x=$(head -c 40000000 /dev/zero | tr "\0" x); echo ${#x}']
    settings: {resources: {memory: 24Mi}, retry: {limit: 3, backoff: {duration: 1s}, onOOM: {memoryFactor: 4, max: 512Mi}}}
`))
	harness.Eventually(t, "the step runs", func() bool { return harness.Step(t, ns.Get(t, run), "deleted").Phase == v1alpha1.StepRunning })
	pod := harness.Step(t, ns.Get(t, run), "deleted").Attempts[0].Pod
	harness.Kubectl(t, "", "delete", "pod", pod, "-n", ns.Name, "--grace-period=1", "--wait=false")
	if got := ns.Wait(t, run); got.Code != 1 {
		t.Fatalf("wait: exit code %d\n%s%s", got.Code, got.Stdout, got.Stderr)
	}
	for name, want := range map[string]string{
		"heals": "Failed/Error Succeeded", "hopeless": "Failed/Error Failed/Error", "deleted": "Failed/Deleted Succeeded",
		"hungry": "Failed/OOMKilled Succeeded",
	} {
		if got := attempts(harness.Step(t, ns.Get(t, run), name)); got != want {
			t.Errorf("step %s has the attempts %s, want %s", name, got, want)
		}
	}
	got := ns.Launcher(t, "logs", run, "heals")
	harness.MustContain(t, "logs", got.Stdout, "healed")
}

// attempts is how the attempts of a step ended, in a line.
func attempts(s v1alpha1.StepStatus) string {
	var all []string
	for _, a := range s.Attempts {
		text := string(a.Phase)
		if a.Reason != "" {
			text += "/" + string(a.Reason)
		}
		all = append(all, text)
	}
	return strings.Join(all, " ")
}

// TestTimeouts lets each kind of time run out.
func TestTimeouts(t *testing.T) {
	t.Parallel()
	t.Run("steps", func(t *testing.T) {
		t.Parallel()
		ns := harness.NewNamespace(t)
		got := ns.Follow(t, harness.Pipeline("timeouts", "failurePolicy: ContinueOnFailure\n"+harness.Busybox+`
steps:
  - {name: slow, command: [sleep, "600"], settings: {timeout: 3s, podSettings: {terminationGracePeriodSeconds: 1}}}
  - {name: stuck, settings: {image: "localhost/nowhere:none", imagePullPolicy: Never, startTimeout: 5s}}
  - {name: homeless, command: ["true"], settings: {queueTimeout: 4s, podSettings: {nodeSelector: {nowhere: "true"}}}}
`), 1, "--no-check")
		run := ns.OnlyRun(t)
		for name, want := range map[string]v1alpha1.Reason{
			"slow": v1alpha1.ReasonTimeout, "stuck": v1alpha1.ReasonStartTimeout, "homeless": v1alpha1.ReasonQueueTimeout,
		} {
			if s := harness.Step(t, ns.Get(t, run), name); s.Phase != v1alpha1.StepFailed || s.Reason != want {
				t.Errorf("step %s is %s/%s (%s), want Failed/%s", name, s.Phase, s.Reason, s.Message, want)
			}
		}
		harness.MustContain(t, "follow", got.Stderr, "no node")
	})
	t.Run("run", func(t *testing.T) {
		t.Parallel()
		ns := harness.NewNamespace(t)
		ns.Follow(t, harness.Pipeline("late", "timeout: 6s\n"+harness.Busybox+`
steps:
  - {name: slow, command: [sleep, "600"], settings: {podSettings: {terminationGracePeriodSeconds: 1}}}
  - {name: after, needs: [slow], command: ["true"]}
`), 1)
		r := ns.Get(t, ns.OnlyRun(t))
		slow, after := harness.Step(t, r, "slow"), harness.Step(t, r, "after")
		if r.Phase != v1alpha1.RunFailed || r.Reason != v1alpha1.ReasonTimeout || slow.Phase != v1alpha1.StepCancelled || after.Phase != v1alpha1.StepSkipped {
			t.Errorf("run %s/%s, slow %s/%s, after %s/%s", r.Phase, r.Reason, slow.Phase, slow.Reason, after.Phase, after.Reason)
		}
	})
}

// TestKeepNoPods: the whole story of a run is there without its Pods.
func TestKeepNoPods(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	ns.Follow(t, harness.Pipeline("tidy", "keepPods: none\nfailurePolicy: ContinueOnFailure\n"+harness.Busybox+`
steps:
  - {name: good, command: [echo, hello from good]}
  - {name: bad, command: [sh, -c, "echo last words; exit 7"]}
`), 1)
	run := ns.OnlyRun(t)
	if left := harness.Kubectl(t, "", "get", "pods", "-n", ns.Name, "-l", v1alpha1.LabelStep, "-o", "name"); left != "" {
		t.Errorf("left: %s", left)
	}
	r := ns.Get(t, run)
	good, bad := harness.Step(t, r, "good"), harness.Step(t, r, "bad")
	if good.Phase != v1alpha1.StepSucceeded || bad.Phase != v1alpha1.StepFailed || *bad.Attempts[0].ExitCode != 7 || bad.Attempts[0].FinishedAt == nil {
		t.Errorf("the record tells %+v and %+v", good, bad)
	}
	harness.MustContain(t, "logs", ns.Launcher(t, "logs", run).Stdout, "hello from good", "last words")
}

// TestDriverKilledAnywhere kills five drivers without warning, each at another step.
func TestDriverKilledAnywhere(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ns := harness.NewNamespace(t)
			run := ns.Submit(t, harness.Pipeline("tough", harness.Busybox+`
steps:
  - {name: a, command: [sleep, "3"]}
  - {name: b, needs: [a], command: [sleep, "3"]}
  - {name: c, needs: [b], command: [sleep, "3"]}
  - {name: d, needs: [c], command: [sleep, "3"]}
  - {name: e, needs: [d], command: [sleep, "3"]}
  - {name: side, command: [sleep, "15"]}
`))
			harness.Eventually(t, "step "+name+" runs", func() bool { return harness.Step(t, ns.Get(t, run), name).Phase == v1alpha1.StepRunning })
			if err := syscall.Kill(driverPID(t, ns, run), syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			if got := ns.Wait(t, run); got.Code != 0 {
				t.Fatalf("wait: exit code %d\n%s%s", got.Code, got.Stdout, got.Stderr)
			}
			if got := driverCodes(t, ns, run); got != "137 0" {
				t.Errorf("the driver Pods ended with %s, want one that was killed (137) and one that did the rest (0)", got)
			}
			for _, s := range ns.Get(t, run).Steps {
				if got := attempts(s); got != "Succeeded" {
					t.Errorf("step %s has the attempts %s, want one", s.Name, got)
				}
			}
		})
	}
}

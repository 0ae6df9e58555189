//go:build e2e

package e2e

import (
	"strings"
	"syscall"
	"testing"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// TestRetries tries steps again for reasons of their own and of others, each from its budget.
func TestRetries(t *testing.T) {
	t.Parallel()
	ns := newNamespace(t)
	run := ns.submit(t, pipeline("retries", "failurePolicy: ContinueOnFailure\n"+busybox+`
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
	eventually(t, "the step runs", func() bool { return step(t, ns.get(t, run), "deleted").Phase == v1alpha1.StepRunning })
	pod := step(t, ns.get(t, run), "deleted").Attempts[0].Pod
	kubectl(t, "", "delete", "pod", pod, "-n", ns.name, "--grace-period=1", "--wait=false")
	if got := ns.wait(t, run); got.code != 1 {
		t.Fatalf("wait: exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	for name, want := range map[string]string{
		"heals": "Failed/Error Succeeded", "hopeless": "Failed/Error Failed/Error", "deleted": "Failed/Deleted Succeeded",
		"hungry": "Failed/OOMKilled Succeeded",
	} {
		if got := attempts(step(t, ns.get(t, run), name)); got != want {
			t.Errorf("step %s has the attempts %s, want %s", name, got, want)
		}
	}
	got := ns.launcher(t, "logs", run, "heals")
	mustContain(t, "logs", got.stdout, "healed")
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
		ns := newNamespace(t)
		got := ns.follow(t, pipeline("timeouts", "failurePolicy: ContinueOnFailure\n"+busybox+`
steps:
  - {name: slow, command: [sleep, "600"], settings: {timeout: 3s, podSettings: {terminationGracePeriodSeconds: 1}}}
  - {name: stuck, settings: {image: "localhost/nowhere:none", imagePullPolicy: Never, startTimeout: 5s}}
  - {name: homeless, command: ["true"], settings: {queueTimeout: 4s, podSettings: {nodeSelector: {nowhere: "true"}}}}
`), 1, "--no-check")
		run := ns.onlyRun(t)
		for name, want := range map[string]v1alpha1.Reason{
			"slow": v1alpha1.ReasonTimeout, "stuck": v1alpha1.ReasonStartTimeout, "homeless": v1alpha1.ReasonQueueTimeout,
		} {
			if s := step(t, ns.get(t, run), name); s.Phase != v1alpha1.StepFailed || s.Reason != want {
				t.Errorf("step %s is %s/%s (%s), want Failed/%s", name, s.Phase, s.Reason, s.Message, want)
			}
		}
		mustContain(t, "follow", got.stderr, "no node")
	})
	t.Run("run", func(t *testing.T) {
		t.Parallel()
		ns := newNamespace(t)
		ns.follow(t, pipeline("late", "timeout: 6s\n"+busybox+`
steps:
  - {name: slow, command: [sleep, "600"], settings: {podSettings: {terminationGracePeriodSeconds: 1}}}
  - {name: after, needs: [slow], command: ["true"]}
`), 1)
		r := ns.get(t, ns.onlyRun(t))
		slow, after := step(t, r, "slow"), step(t, r, "after")
		if r.Phase != v1alpha1.RunFailed || r.Reason != v1alpha1.ReasonTimeout || slow.Phase != v1alpha1.StepCancelled || after.Phase != v1alpha1.StepSkipped {
			t.Errorf("run %s/%s, slow %s/%s, after %s/%s", r.Phase, r.Reason, slow.Phase, slow.Reason, after.Phase, after.Reason)
		}
	})
}

// TestKeepNoPods: the whole story of a run is there without its Pods.
func TestKeepNoPods(t *testing.T) {
	t.Parallel()
	ns := newNamespace(t)
	ns.follow(t, pipeline("tidy", "keepPods: none\nfailurePolicy: ContinueOnFailure\n"+busybox+`
steps:
  - {name: good, command: [echo, hello from good]}
  - {name: bad, command: [sh, -c, "echo last words; exit 7"]}
`), 1)
	run := ns.onlyRun(t)
	if left := kubectl(t, "", "get", "pods", "-n", ns.name, "-l", v1alpha1.LabelStep, "-o", "name"); left != "" {
		t.Errorf("left: %s", left)
	}
	r := ns.get(t, run)
	good, bad := step(t, r, "good"), step(t, r, "bad")
	if good.Phase != v1alpha1.StepSucceeded || bad.Phase != v1alpha1.StepFailed || *bad.Attempts[0].ExitCode != 7 || bad.Attempts[0].FinishedAt == nil {
		t.Errorf("the record tells %+v and %+v", good, bad)
	}
	mustContain(t, "logs", ns.launcher(t, "logs", run).stdout, "hello from good", "last words")
}

// TestDriverKilledAnywhere kills five drivers without warning, each at another step.
func TestDriverKilledAnywhere(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ns := newNamespace(t)
			run := ns.submit(t, pipeline("tough", busybox+`
steps:
  - {name: a, command: [sleep, "3"]}
  - {name: b, needs: [a], command: [sleep, "3"]}
  - {name: c, needs: [b], command: [sleep, "3"]}
  - {name: d, needs: [c], command: [sleep, "3"]}
  - {name: e, needs: [d], command: [sleep, "3"]}
  - {name: side, command: [sleep, "15"]}
`))
			eventually(t, "step "+name+" runs", func() bool { return step(t, ns.get(t, run), name).Phase == v1alpha1.StepRunning })
			if err := syscall.Kill(driverPID(t, ns, run), syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			if got := ns.wait(t, run); got.code != 0 {
				t.Fatalf("wait: exit code %d\n%s%s", got.code, got.stdout, got.stderr)
			}
			if got := driverCodes(t, ns, run); got != "137 0" {
				t.Errorf("the driver Pods ended with %s, want one that was killed (137) and one that did the rest (0)", got)
			}
			for _, s := range ns.get(t, run).Steps {
				if got := attempts(s); got != "Succeeded" {
					t.Errorf("step %s has the attempts %s, want one", s.Name, got)
				}
			}
		})
	}
}

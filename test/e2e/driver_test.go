//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// TestDriverKilled shows that a crash of the driver (SIGQUIT ends a Go program as a panic does, with exit code 2) and a SIGTERM to it
// leave the Job going: another driver Pod takes over and the run ends well.
func TestDriverKilled(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		signal syscall.Signal
		code   string
	}{
		"crash":   {syscall.SIGQUIT, "2"},
		"sigterm": {syscall.SIGTERM, "143"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ns := newNamespace(t)
			run := ns.submit(t, pipeline("survives", busybox+`
steps:
  - {name: first, command: [sleep, "8"]}
  - {name: second, needs: [first], command: [echo, done]}
`))
			eventually(t, "the first step runs", func() bool { return step(t, ns.get(t, run), "first").Phase == v1alpha1.StepRunning })
			pod := step(t, ns.get(t, run), "first").Attempts[0].Pod
			if err := syscall.Kill(driverPID(t, ns, run), c.signal); err != nil {
				t.Fatal(err)
			}
			if got := ns.wait(t, run); got.code != 0 {
				t.Fatalf("wait: exit code %d\n%s%s", got.code, got.stdout, got.stderr)
			}
			if got, want := driverCodes(t, ns, run), c.code+" 0"; got != want {
				t.Errorf("the driver Pods ended with %s, want %s", got, want)
			}
			s := step(t, ns.get(t, run), "first")
			if len(s.Attempts) != 1 || s.Attempts[0].Pod != pod {
				t.Errorf("the step that ran meanwhile has the attempts %+v, want the one Pod %s, undisturbed", s.Attempts, pod)
			}
		})
	}
}

// driverCodes are the exit codes of a run's driver Pods, the oldest first.
func driverCodes(t *testing.T, ns namespace, run string) string {
	t.Helper()
	return kubectl(t, "", "get", "pods", "-n", ns.name, "-l", "batch.kubernetes.io/job-name="+run,
		"--sort-by=.metadata.creationTimestamp", "-o", "jsonpath={.items[*].status.containerStatuses[0].state.terminated.exitCode}")
}

// driverPID finds the process of a run's driver; containers are processes of this machine. The environment has the run's name.
func driverPID(t *testing.T, ns namespace, run string) int {
	t.Helper()
	envs, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	want := regexp.MustCompile(`(^|\x00)STEPHERD_NAMESPACE=` + ns.name + `\x00`)
	for _, env := range envs {
		text, err := os.ReadFile(env)
		if err != nil || !want.Match(append(text, 0)) || !strings.Contains(string(text), "STEPHERD_RUN="+run) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(env)))
		if err != nil {
			t.Fatal(err)
		}
		return pid
	}
	t.Fatalf("no process is the driver of run %s", run)
	return 0
}

// TestDriverRefused explains within 10 s a driver Pod that a quota refuses.
func TestDriverRefused(t *testing.T) {
	t.Parallel()
	ns := newNamespace(t)
	kubectl(t, "", "create", "quota", "none", "-n", ns.name, "--hard=pods=0")
	run := ns.submit(t, pipeline("refused", busybox+"steps: [{name: a, command: [\"true\"]}]\n"), "--no-check")
	explained := func(text string) bool { return strings.Contains(text, "exceeded quota") }
	start := time.Now()
	eventually(t, "get explains the quota", func() bool { return explained(ns.launcher(t, "get", run).stdout) })
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("get explained the quota only after %s", took)
	}
	got := ns.launcher(t, "wait", run, "--timeout", "10s")
	if got.code != 5 || !explained(got.stderr) {
		t.Errorf("wait: exit code %d, want 5 and the quota named\n%s", got.code, got.stderr)
	}
}

// TestStepRefused tells, once, of a step Pod that a quota refuses; when there is room the run goes on.
func TestStepRefused(t *testing.T) {
	t.Parallel()
	ns := newNamespace(t)
	kubectl(t, "", "create", "quota", "driver-alone", "-n", ns.name, "--hard=pods=1")
	run := ns.submit(t, pipeline("refused", busybox+"steps: [{name: a, command: [\"true\"]}]\n"), "--no-check")
	const why = "exceeded quota: driver-alone"
	eventually(t, "get explains the quota", func() bool { return strings.Contains(ns.launcher(t, "get", run).stdout, why) })
	for _, verb := range [][]string{{"wait", run, "--timeout", "10s"}, {"wait", run, "--timeout", "20s"}} {
		got := ns.launcher(t, verb...)
		if got.code != 5 || strings.Count(got.stderr, `step "a" waits: its Pod cannot be created: `+why) != 1 {
			t.Errorf("%v: exit code %d, want 5 and the quota named once\n%s", verb, got.code, got.stderr)
		}
	}
	kubectl(t, "", "delete", "quota", "driver-alone", "-n", ns.name)
	if got := ns.wait(t, run); got.code != 0 {
		t.Errorf("wait: exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
}

// TestCronJob installs deploy/cronjob.yaml, with every minute as its schedule, and waits for what it starts.
func TestCronJob(t *testing.T) {
	t.Parallel()
	ns := newNamespace(t)
	text, err := os.ReadFile(filepath.Join(root, "deploy/cronjob.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	everyMinute := regexp.MustCompile(`(?m)^  schedule: .*$`).ReplaceAllString(string(text), `  schedule: "* * * * *"`)
	if everyMinute == string(text) {
		t.Fatal("deploy/cronjob.yaml has no line `  schedule: ...`")
	}
	kubectl(t, everyMinute, "apply", "-n", ns.name, "-f", "-")
	var run string
	eventually(t, "the CronJob fires", func() bool {
		names := strings.Fields(kubectl(t, "", "get", "jobs", "-n", ns.name, "-o", "jsonpath={.items[*].metadata.name}"))
		if len(names) > 0 {
			run = names[0]
		}
		return run != ""
	})
	if got := ns.wait(t, run); got.code != 0 {
		t.Fatalf("wait: exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	if r := ns.get(t, run); r.Phase != v1alpha1.RunSucceeded || len(r.Steps) == 0 {
		t.Errorf("the run is %s with %d steps, want Succeeded with some", r.Phase, len(r.Steps))
	}
}

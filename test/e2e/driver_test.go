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
	"github.com/stepherd/stepherd/test/harness"
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
			ns := harness.NewNamespace(t)
			run := ns.Submit(t, harness.Pipeline("survives", harness.Busybox+`
steps:
  - {name: first, command: [sleep, "8"]}
  - {name: second, needs: [first], command: [echo, done]}
`))
			harness.Eventually(t, "the first step runs", func() bool { return harness.Step(t, ns.Get(t, run), "first").Phase == v1alpha1.StepRunning })
			pod := harness.Step(t, ns.Get(t, run), "first").Attempts[0].Pod
			if err := syscall.Kill(driverPID(t, ns, run), c.signal); err != nil {
				t.Fatal(err)
			}
			if got := ns.Wait(t, run); got.Code != 0 {
				t.Fatalf("wait: exit code %d\n%s%s", got.Code, got.Stdout, got.Stderr)
			}
			if got, want := driverCodes(t, ns, run), c.code+" 0"; got != want {
				t.Errorf("the driver Pods ended with %s, want %s", got, want)
			}
			s := harness.Step(t, ns.Get(t, run), "first")
			if len(s.Attempts) != 1 || s.Attempts[0].Pod != pod {
				t.Errorf("the step that ran meanwhile has the attempts %+v, want the one Pod %s, undisturbed", s.Attempts, pod)
			}
		})
	}
}

// driverCodes are the exit codes of a run's driver Pods, the oldest first.
func driverCodes(t *testing.T, ns harness.Namespace, run string) string {
	t.Helper()
	return harness.Kubectl(t, "", "get", "pods", "-n", ns.Name, "-l", "batch.kubernetes.io/job-name="+run,
		"--sort-by=.metadata.creationTimestamp", "-o", "jsonpath={.items[*].status.containerStatuses[0].state.terminated.exitCode}")
}

// driverPID finds the process of a run's driver; containers are processes of this machine. The environment has the run's name.
func driverPID(t *testing.T, ns harness.Namespace, run string) int {
	t.Helper()
	envs, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	want := regexp.MustCompile(`(^|\x00)STEPHERD_NAMESPACE=` + ns.Name + `\x00`)
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
	ns := harness.NewNamespace(t)
	harness.Kubectl(t, "", "create", "quota", "none", "-n", ns.Name, "--hard=pods=0")
	run := ns.Submit(t, harness.Pipeline("refused", harness.Busybox+"steps: [{name: a, command: [\"true\"]}]\n"), "--no-check")
	explained := func(text string) bool { return strings.Contains(text, "exceeded quota") }
	start := time.Now()
	harness.Eventually(t, "get explains the quota", func() bool { return explained(ns.Launcher(t, "get", run).Stdout) })
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("get explained the quota only after %s", took)
	}
	got := ns.Launcher(t, "wait", run, "--timeout", "10s")
	if got.Code != 5 || !explained(got.Stderr) {
		t.Errorf("wait: exit code %d, want 5 and the quota named\n%s", got.Code, got.Stderr)
	}
}

// TestStepRefused tells, once, of a step Pod that a quota refuses; when there is room the run goes on.
func TestStepRefused(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	harness.Kubectl(t, "", "create", "quota", "driver-alone", "-n", ns.Name, "--hard=pods=1")
	run := ns.Submit(t, harness.Pipeline("refused", harness.Busybox+"steps: [{name: a, command: [\"true\"]}]\n"), "--no-check")
	const why = "exceeded quota: driver-alone"
	harness.Eventually(t, "get explains the quota", func() bool { return strings.Contains(ns.Launcher(t, "get", run).Stdout, why) })
	for _, verb := range [][]string{{"wait", run, "--timeout", "10s"}, {"wait", run, "--timeout", "20s"}} {
		got := ns.Launcher(t, verb...)
		if got.Code != 5 || strings.Count(got.Stderr, `step "a" waits: its Pod cannot be created: `+why) != 1 {
			t.Errorf("%v: exit code %d, want 5 and the quota named once\n%s", verb, got.Code, got.Stderr)
		}
	}
	harness.Kubectl(t, "", "delete", "quota", "driver-alone", "-n", ns.Name)
	if got := ns.Wait(t, run); got.Code != 0 {
		t.Errorf("wait: exit code %d\n%s%s", got.Code, got.Stdout, got.Stderr)
	}
}

// TestCronJob installs deploy/cronjob.yaml, with every minute as its schedule, and waits for what it starts.
func TestCronJob(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	text, err := os.ReadFile(filepath.Join(harness.Root, "deploy/cronjob.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	everyMinute := regexp.MustCompile(`(?m)^  schedule: .*$`).ReplaceAllString(string(text), `  schedule: "* * * * *"`)
	if everyMinute == string(text) {
		t.Fatal("deploy/cronjob.yaml has no line `  schedule: ...`")
	}
	harness.Kubectl(t, everyMinute, "apply", "-n", ns.Name, "-f", "-")
	var run string
	harness.Eventually(t, "the CronJob fires", func() bool {
		names := strings.Fields(harness.Kubectl(t, "", "get", "jobs", "-n", ns.Name, "-o", "jsonpath={.items[*].metadata.name}"))
		if len(names) > 0 {
			run = names[0]
		}
		return run != ""
	})
	if got := ns.Wait(t, run); got.Code != 0 {
		t.Fatalf("wait: exit code %d\n%s%s", got.Code, got.Stdout, got.Stderr)
	}
	if r := ns.Get(t, run); r.Phase != v1alpha1.RunSucceeded || len(r.Steps) == 0 {
		t.Errorf("the run is %s with %d steps, want Succeeded with some", r.Phase, len(r.Steps))
	}
}

//go:build e2e

package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"os/exec"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/test/harness"
)

func TestOneStep(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	got := ns.Follow(t, harness.Pipeline("one", harness.Busybox+`
steps:
  - name: hello
    command: [echo, "hello from the cluster"]
`), 0)
	if want := "hello | hello from the cluster\n"; got.Stdout != want {
		t.Errorf("stdout is %q, want %q", got.Stdout, want)
	}
	run := ns.OnlyRun(t)
	driver := harness.Kubectl(t, "", "logs", "-n", ns.Name, "job/"+run)
	harness.MustContain(t, "the driver's log", driver, "hello | hello from the cluster\n")
	if r := ns.Get(t, run); r.Phase != v1alpha1.RunSucceeded || r.FinishedAt == nil {
		t.Errorf("the run is %s, finished at %v; want Succeeded and a time", r.Phase, r.FinishedAt)
	}
}

func TestDiamond(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	// left and right can only end if they run at the same time: each waits for the other's Pod to be up, through the times below.
	ns.Follow(t, harness.Pipeline("diamond", harness.Busybox+`
steps:
  - {name: top, command: [echo, top]}
  - {name: left, needs: [top], command: [sleep, "5"]}
  - {name: right, needs: [top], command: [sleep, "5"]}
  - {name: bottom, needs: [left, right], command: [echo, bottom]}
`), 0)
	r := ns.Get(t, ns.OnlyRun(t))
	at := func(name string) v1alpha1.AttemptStatus {
		s := harness.Step(t, r, name)
		if s.Phase != v1alpha1.StepSucceeded || len(s.Attempts) != 1 {
			t.Fatalf("step %s is %s after %d attempts, want Succeeded after 1", name, s.Phase, len(s.Attempts))
		}
		return s.Attempts[0]
	}
	top, left, right, bottom := at("top"), at("left"), at("right"), at("bottom")
	for _, side := range []v1alpha1.AttemptStatus{left, right} {
		if side.StartedAt.Before(top.FinishedAt) {
			t.Errorf("%s started at %v, before top had ended at %v", side.Pod, side.StartedAt, top.FinishedAt)
		}
		if bottom.StartedAt.Before(side.FinishedAt) {
			t.Errorf("bottom started at %v, before %s had ended at %v", bottom.StartedAt, side.Pod, side.FinishedAt)
		}
	}
	if !left.StartedAt.Before(right.FinishedAt) || !right.StartedAt.Before(left.FinishedAt) {
		t.Errorf("left ran %v to %v and right %v to %v: they did not run side by side",
			left.StartedAt, left.FinishedAt, right.StartedAt, right.FinishedAt)
	}
}

// TestParallelism counts live step Pods by their phase, from outside, over every change that the API server announces.
func TestParallelism(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	count := watchLive(t, ns.Name)
	var steps strings.Builder
	for _, name := range strings.Split("abcdefgh", "") {
		steps.WriteString("  - {name: " + name + ", command: [sleep, \"0.3\"]}\n")
	}
	ns.Follow(t, harness.Pipeline("narrow", harness.Busybox+"parallelism: 2\nsteps:\n"+steps.String()), 0)
	most, seen := count()
	if most != 2 || seen != 8 {
		t.Errorf("at most %d step Pods of %d were live at once, want 2 of 8", most, seen)
	}
}

// watchLive watches a harness.Namespace's step Pods; the function that it gives ends the watch and says how many were live at most,
// and how many there were.
func watchLive(t *testing.T, ns string) func() (most, seen int) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, harness.Bin("localcluster"), "kubectl", "--name", *harness.ClusterName, "--",
		"get", "pods", "-n", ns, "-l", v1alpha1.LabelComponent+"="+v1alpha1.ComponentStep, "--watch", "--output-watch-events", "-o", "json")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	type result struct{ most, seen int }
	done := make(chan result, 1)
	go func() {
		most, seen := countLive(out)
		done <- result{most, seen}
	}()
	return func() (int, int) {
		// What happened before this moment has been announced once a Pod made after it is; the run's own end is later than that.
		cancel()
		r := <-done
		_ = cmd.Wait() // it was killed
		return r.most, r.seen
	}
}

func countLive(events io.Reader) (most, seen int) {
	live, all := map[string]bool{}, map[string]bool{}
	for dec := json.NewDecoder(bufio.NewReader(events)); ; {
		var e struct {
			Type   string
			Object corev1.Pod
		}
		if dec.Decode(&e) != nil {
			return most, len(all)
		}
		uid, phase := string(e.Object.UID), e.Object.Status.Phase
		all[uid] = true
		live[uid] = e.Type != "DELETED" && phase != corev1.PodSucceeded && phase != corev1.PodFailed
		n := 0
		for _, l := range live {
			if l {
				n++
			}
		}
		most = max(most, n)
	}
}

package runlogs_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/follow"
	"github.com/stepherd/stepherd/internal/launch/launchtest"
	"github.com/stepherd/stepherd/internal/launch/runlogs"
)

// TestFollowLive follows a run through its life: marks stand around each step's lines, and a step's end is told after its
// last line, also when the log is later than the status.
func TestFollowLive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := launchtest.Begun(t)
		logA := make(chan struct{})
		b.Logs.Lines["pod-a/main"] = []string{"one", "two"}
		b.Logs.Opened["pod-a/main"] = logA
		b.Logs.Lines["pod-b/main"] = []string{"three"}
		launchtest.Script(
			b.DriverUp,
			func() { b.Pod("a", v1alpha1.StepPending) },
			func() { b.Pod("a", v1alpha1.StepRunning) },
			func() { b.Pod("a", v1alpha1.StepSucceeded) },
			func() {
				if got := b.Err.String(); strings.Contains(got, "- a") {
					t.Errorf("the end of a is told before its log is out:\n%s", got)
				}
				close(logA)
			},
			func() { b.Pod("b", v1alpha1.StepRunning) },
			func() { b.Pod("b", v1alpha1.StepFailed) },
			func() {
				b.End(v1alpha1.RunFailed, v1alpha1.StepStatus{Name: "c", Phase: v1alpha1.StepSkipped, Reason: v1alpha1.ReasonUpstreamFailed})
			},
		)
		run, err := b.Follow(t.Context(), "r")
		if err != nil || run.Phase != v1alpha1.RunFailed {
			t.Errorf("got %s, %v", run.Phase, err)
		}
		if err := b.Verdict(run); err != nil {
			t.Error(err)
		}
		if got, want := b.Out.String(), "a | one\na | two\nb | three\n"; got != want {
			t.Errorf("stdout\n%s\nwant\n%s", got, want)
		}
		const want = "+ a\n- a Succeeded\n+ b\n- b Failed\nSkipped c: UpstreamFailed\nFailed b; the end of its log:\n    three\nrun r Failed after 0s\n"
		if got := b.Err.String(); got != want {
			t.Errorf("stderr\n%s\nwant\n%s", got, want)
		}
	})
}

// TestFollowFindsWhatItMissed: Pods that the watch had not shown before the Job's end, and steps that only the record
// knows.
func TestFollowFindsWhatItMissed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := launchtest.Begun(t)
		b.Watcher = blind{b.Watcher}
		b.Logs.Lines["pod-a/main"] = []string{"one"}
		b.Logs.Lines["driver-1/driver"] = []string{"b | from the driver"}
		b.Cluster.DriverPodsOf[launchtest.UID] = []corev1.Pod{{ObjectMeta: metav1.ObjectMeta{Name: "driver-1"}}}
		b.Pod("a", v1alpha1.StepSucceeded)
		b.End(v1alpha1.RunSucceeded, v1alpha1.StepStatus{Name: "b", Phase: v1alpha1.StepSucceeded, Attempts: []v1alpha1.AttemptStatus{
			{Number: 1, Pod: "pod-b", Phase: v1alpha1.StepSucceeded, StartedAt: launchtest.Now(), FinishedAt: launchtest.Now()}}})
		run, err := b.Follow(t.Context(), "r")
		if err != nil || run.Phase != v1alpha1.RunSucceeded {
			t.Errorf("got %s, %v", run.Phase, err)
		}
		if got, want := b.Out.String(), "a | one\nb | from the driver\n"; got != want {
			t.Errorf("stdout %q, want %q", got, want)
		}
		if got := b.Err.String(); !strings.Contains(got, `note: step "b": the Pod is gone; its lines are taken from the driver's log`) {
			t.Errorf("stderr %s", got)
		}
	})
}

// blind is a cluster whose watch of step Pods shows nothing.
type blind struct{ follow.Watcher }

func (blind) WatchStepPods(ctx context.Context, _, _ string, _ func(string, v1alpha1.AttemptStatus, bool), _ func(error)) error {
	<-ctx.Done()
	return context.Cause(ctx)
}

// TestDetach leaves no goroutine behind (synctest would say so) and changes nothing.
func TestDetach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := launchtest.Begun(t)
		b.DriverUp()
		b.Logs.Lines["pod-a/main"] = []string{"one"}
		b.Logs.Opened["pod-a/main"] = make(chan struct{})
		b.Pod("a", v1alpha1.StepRunning)
		before := len(b.Cluster.Calls())
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(5*time.Second, cancel)
		_, err := b.Follow(ctx, "r")
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if got := b.Cluster.Calls(); len(got) != before {
			t.Errorf("detaching changed something: %q", got)
		}
		if got := b.Out.String(); got != "a | one\n" {
			t.Errorf("stdout %q", got)
		}
	})
}

// TestLogsFollowOneStep ends with the step, not with the run.
func TestLogsFollowOneStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := launchtest.Begun(t)
		b.Logs.Lines["pod-b/main"] = []string{"line"}
		launchtest.Script(b.DriverUp, func() { b.Pod("a", v1alpha1.StepRunning) }, func() { b.Pod("b", v1alpha1.StepRunning) }, func() { b.Pod("b", v1alpha1.StepSucceeded) })
		if err := b.ShowLogs(t.Context(), runlogs.Query{Run: "r", Step: "b", Follow: true}); err != nil {
			t.Error(err)
		}
		if got := b.Out.String(); got != "line\n" {
			t.Errorf("stdout %q", got)
		}
		if got := b.Err.String(); got != "" {
			t.Errorf("stderr %q", got)
		}
	})
}

// TestLogsOfAStepWithout returns why there is none.
func TestLogsOfAStepWithout(t *testing.T) {
	b := launchtest.Begun(t)
	b.Pod("a", v1alpha1.StepPending)
	for step, want := range map[string]string{"a": `note: step "a" has no log: Pending`, "b": `note: step "b" has no log: Waiting`} {
		if err := b.ShowLogs(t.Context(), runlogs.Query{Run: "r", Step: step}); err != nil || !strings.Contains(b.Err.String(), want+"\n") {
			t.Errorf("%v, stderr %q", err, b.Err)
		}
	}
}

// TestDeniedLogs is an error with the right that is missing, also while following.
func TestDeniedLogs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := launchtest.Begun(t)
		b.DriverUp()
		b.Logs.Fail["pod-a/main"] = launchtest.MayNot("get", "pods/log", "ml")
		b.Pod("a", v1alpha1.StepRunning)
		_, err := b.Follow(t.Context(), "r")
		if err == nil || !strings.HasPrefix(err.Error(), `you may not get pods/log in namespace "ml"`) {
			t.Errorf("got %v", err)
		}
		if err := b.ShowLogs(t.Context(), runlogs.Query{Run: "r"}); err == nil || !strings.HasPrefix(err.Error(), `you may not get pods/log in namespace "ml"`) {
			t.Errorf("got %v", err)
		}
	})
}

// TestManyLines: no line is lost or told twice however many steps write at once.
func TestManyLines(t *testing.T) {
	b := launchtest.Begun(t)
	const steps, lines = 50, 400
	want := 0
	for s := range steps {
		name := fmt.Sprintf("s%d", s)
		for l := range lines {
			b.Logs.Lines["pod-"+name+"/main"] = append(b.Logs.Lines["pod-"+name+"/main"], fmt.Sprintf("line %d", l))
			want++
		}
		b.Pod(name, v1alpha1.StepSucceeded)
	}
	b.End(v1alpha1.RunSucceeded)
	if _, err := b.Follow(t.Context(), "r"); err != nil {
		t.Fatal(err)
	}
	next := map[string]int{}
	for line := range strings.Lines(b.Out.String()) {
		step, text, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " | ")
		if text != fmt.Sprintf("line %d", next[step]) {
			t.Fatalf("step %s: %q after %d lines", step, text, next[step])
		}
		next[step]++
		want--
	}
	if want != 0 {
		t.Errorf("%d lines are missing", want)
	}
}

package runlogs_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/launchtest"
	"github.com/stepherd/stepherd/internal/launch/runlogs"
)

// attempt is an attempt in a phase; its Pod is pod-STEP-NUMBER.
func attempt(step string, number int, phase v1alpha1.StepPhase, others ...v1alpha1.OtherContainer) v1alpha1.AttemptStatus {
	a := v1alpha1.AttemptStatus{Number: number, Pod: fmt.Sprintf("pod-%s-%d", step, number), Phase: phase, CreatedAt: launchtest.Now(), Others: others}
	if phase != v1alpha1.StepPending {
		a.StartedAt = launchtest.Now()
	}
	if phase.Ended() {
		a.FinishedAt = launchtest.Now()
	}
	return a
}

func other(name string, ended bool) v1alpha1.OtherContainer {
	return v1alpha1.OtherContainer{Name: name, StartedAt: launchtest.Now(), Ended: ended}
}

// TestContainersAreFollowed: an init container's log comes before main has begun, a side container's goes on after main's end,
// which is told as soon as main's log is out.
func TestContainersAreFollowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := launchtest.Begun(t)
		side := make(chan struct{})
		b.Logs.Lines["pod-a-1/init"], b.Logs.Lines["pod-a-1/main"], b.Logs.Lines["pod-a-1/mesh"] = []string{"prepared"}, []string{"worked"}, []string{"up"}
		b.Logs.Opened["pod-a-1/mesh"] = side
		launchtest.Script(
			b.DriverUp,
			func() { b.Step("a", attempt("a", 1, v1alpha1.StepPending, other("init", false))) },
			func() {
				b.Expect(t, "a/init | prepared\n", "+ a\n")
				b.Step("a", attempt("a", 1, v1alpha1.StepRunning, other("init", true)))
			},
			func() { b.Step("a", attempt("a", 1, v1alpha1.StepRunning, other("init", true), other("mesh", false))) },
			func() {
				b.Step("a", attempt("a", 1, v1alpha1.StepSucceeded, other("init", true), other("mesh", false)))
			},
			func() {
				b.Expect(t, "a/init | prepared\na | worked\na/mesh | up\n", "+ a\n- a Succeeded\n")
				b.Step("a", attempt("a", 1, v1alpha1.StepSucceeded, other("init", true), other("mesh", true)))
				close(side)
				b.End(v1alpha1.RunSucceeded)
			},
		)
		if _, err := b.Follow(t.Context(), "r"); err != nil {
			t.Error(err)
		}
		b.Expect(t, "a/init | prepared\na | worked\na/mesh | up\n", "+ a\n- a Succeeded\n")
	})
}

// TestWatchWhatHasEnded shows it step by step, all attempts, with what is kept of Pods that are gone in its place.
func TestWatchWhatHasEnded(t *testing.T) {
	b := launchtest.Begun(t)
	b.Logs.Lines["pod-a-1/main"], b.Logs.Lines["pod-a-2/main"], b.Logs.Lines["pod-c-1/main"] = []string{"fails"}, []string{"works"}, []string{"three"}
	b.DriverLog("a | fails", "b/init | one", "b | two", "c | three")
	a1, a2 := attempt("a", 1, v1alpha1.StepFailed), attempt("a", 2, v1alpha1.StepSucceeded)
	c := attempt("c", 1, v1alpha1.StepFailed)
	b.Step("c", c)
	b.Step("a", a1, a2)
	b.End(v1alpha1.RunFailed,
		v1alpha1.StepStatus{Name: "a", Phase: v1alpha1.StepSucceeded, Attempts: []v1alpha1.AttemptStatus{a1, a2}},
		v1alpha1.StepStatus{Name: "b", Phase: v1alpha1.StepSucceeded, Attempts: []v1alpha1.AttemptStatus{attempt("b", 1, v1alpha1.StepSucceeded)}},
		v1alpha1.StepStatus{Name: "c", Phase: v1alpha1.StepFailed, Attempts: []v1alpha1.AttemptStatus{c}})
	ended, err := b.Watch(t.Context(), "r")
	if err != nil || ended.Phase != v1alpha1.RunFailed || strings.Join(ended.LastLines["c"], "") != "three" || len(ended.LastLines) != 1 {
		t.Errorf("got %s, %q, %v", ended.Phase, ended.LastLines, err)
	}
	b.Expect(t, "a | fails\na#2 | works\nb/init | one\nb | two\nc | three\n",
		"note: step \"b\": the Pod is gone; its lines are taken from the driver's log\n"+
			"+ a\n- a Failed\n+ a#2\n- a#2 Succeeded\n+ b\n- b Succeeded\n+ c\n- c Failed\n")
}

// TestWatchLate: a follow that begins late shows each line once: what is kept of Pods that are gone, then the others.
func TestWatchLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := launchtest.Begun(t)
		b.DriverUp()
		b.DriverLog("a | one", "b | two")
		b.Logs.Lines["pod-b-1/main"] = []string{"two", "three"}
		open := make(chan struct{})
		b.Logs.Opened["pod-b-1/main"] = open
		b.Recorded(v1alpha1.StepStatus{Name: "a", Phase: v1alpha1.StepSucceeded, Attempts: []v1alpha1.AttemptStatus{attempt("a", 1, v1alpha1.StepSucceeded)}})
		b.Step("b", attempt("b", 1, v1alpha1.StepRunning))
		launchtest.Script(func() {}, func() {
			close(open)
			b.Step("b", attempt("b", 1, v1alpha1.StepSucceeded))
		}, func() {
			b.End(v1alpha1.RunSucceeded,
				v1alpha1.StepStatus{Name: "a", Phase: v1alpha1.StepSucceeded, Attempts: []v1alpha1.AttemptStatus{attempt("a", 1, v1alpha1.StepSucceeded)}},
				v1alpha1.StepStatus{Name: "b", Phase: v1alpha1.StepSucceeded, Attempts: []v1alpha1.AttemptStatus{attempt("b", 1, v1alpha1.StepSucceeded)}})
		})
		if _, err := b.Watch(t.Context(), "r"); err != nil {
			t.Error(err)
		}
		b.Expect(t, "a | one\nb | two\nb | three\n", "note: step \"a\": the Pod is gone; its lines are taken from the driver's log\n"+
			"+ a\n- a Succeeded\n+ b\n- b Succeeded\n")
	})
}

// TestWatchWhatComesAndGoesMeanwhile: a Pod that was never seen is looked for in what the driver has printed by then.
func TestWatchWhatComesAndGoesMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := launchtest.Begun(t)
		b.DriverUp()
		b.DriverLog("a | one")
		b.Logs.Lines["driver-2/driver"] = []string{"b | two"}
		a, c := attempt("a", 1, v1alpha1.StepSucceeded), attempt("b", 1, v1alpha1.StepSucceeded)
		b.Recorded(v1alpha1.StepStatus{Name: "a", Phase: v1alpha1.StepSucceeded, Attempts: []v1alpha1.AttemptStatus{a}})
		launchtest.Script(func() {
			b.Cluster.Change(func() {
				second := corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "driver-2", CreationTimestamp: *launchtest.Now()}}
				b.Cluster.DriverPodsOf[launchtest.UID] = append(slices.Clone(b.Cluster.DriverPodsOf[launchtest.UID]), second)
			})
		}, func() {
			b.End(v1alpha1.RunSucceeded,
				v1alpha1.StepStatus{Name: "a", Phase: v1alpha1.StepSucceeded, Attempts: []v1alpha1.AttemptStatus{a}},
				v1alpha1.StepStatus{Name: "b", Phase: v1alpha1.StepSucceeded, Attempts: []v1alpha1.AttemptStatus{c}})
		})
		if _, err := b.Watch(t.Context(), "r"); err != nil {
			t.Error(err)
		}
		const note = "note: step %q: the Pod is gone; its lines are taken from the driver's log\n+ %s\n- %[2]s Succeeded\n"
		b.Expect(t, "a | one\nb | two\n", fmt.Sprintf(note, "a", "a")+fmt.Sprintf(note, "b", "b"))
	})
}

// TestFollowOneStepThroughItsAttempts: an attempt that failed ends the follow of a step only when according to the record no other
// comes.
func TestFollowOneStepThroughItsAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := launchtest.Begun(t)
		b.Logs.Lines["pod-a-1/main"], b.Logs.Lines["pod-a-2/main"] = []string{"one"}, []string{"two"}
		failed := attempt("a", 1, v1alpha1.StepFailed)
		var ended time.Time
		launchtest.Script(
			b.DriverUp,
			func() { b.Step("a", failed) },
			func() {
				b.Recorded(v1alpha1.StepStatus{Name: "a", Phase: v1alpha1.StepWaiting, Attempts: []v1alpha1.AttemptStatus{failed}})
			},
			func() { time.Sleep(time.Minute) },
			func() { b.Step("a", failed, attempt("a", 2, v1alpha1.StepFailed)) },
			func() { time.Sleep(time.Minute) },
			func() {
				ended = time.Now()
				b.Recorded(v1alpha1.StepStatus{Name: "a", Phase: v1alpha1.StepFailed, Attempts: []v1alpha1.AttemptStatus{failed, attempt("a", 2, v1alpha1.StepFailed)}})
			},
		)
		if err := b.ShowLogs(t.Context(), runlogs.Query{Run: "r", Step: "a", Follow: true}); err != nil {
			t.Error(err)
		}
		if took := time.Since(ended); ended.IsZero() || took > 5*time.Second {
			t.Errorf("the follow ended %s after the step", took)
		}
		b.Expect(t, "one\ntwo\n", "")
	})
}

// TestFollowOneAttempt ends with it.
func TestFollowOneAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := launchtest.Begun(t)
		b.DriverUp()
		b.Logs.Lines["pod-a-1/main"], b.Logs.Lines["pod-a-2/main"] = []string{"one"}, []string{"two"}
		b.Step("a", attempt("a", 1, v1alpha1.StepFailed), attempt("a", 2, v1alpha1.StepRunning))
		if err := b.ShowLogs(t.Context(), runlogs.Query{Run: "r", Step: "a", Follow: true, Attempt: 1}); err != nil {
			t.Error(err)
		}
		b.Expect(t, "one\n", "")
	})
}

// TestFollowLatest: of steps that have had attempts before the follow began, the latest is shown, and each that comes later.
func TestFollowLatest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := launchtest.Begun(t)
		b.DriverUp()
		for i := range 3 {
			b.Logs.Lines[fmt.Sprintf("pod-a-%d/main", i+1)] = []string{fmt.Sprint("line ", i+1)}
		}
		first, second := attempt("a", 1, v1alpha1.StepFailed), attempt("a", 2, v1alpha1.StepFailed)
		b.Step("a", first, second)
		b.Recorded(v1alpha1.StepStatus{Name: "a", Phase: v1alpha1.StepPending, Attempts: []v1alpha1.AttemptStatus{first, second}})
		launchtest.Script(
			func() { b.Step("a", first, second, attempt("a", 3, v1alpha1.StepSucceeded)) },
			func() {
				b.End(v1alpha1.RunSucceeded, v1alpha1.StepStatus{Name: "a", Phase: v1alpha1.StepSucceeded, Attempts: []v1alpha1.AttemptStatus{first, second, attempt("a", 3, v1alpha1.StepSucceeded)}})
			})
		if err := b.ShowLogs(t.Context(), runlogs.Query{Run: "r", Follow: true}); err != nil {
			t.Error(err)
		}
		b.Expect(t, "a#2 | line 2\na#3 | line 3\n", "+ a#2\n- a#2 Failed\n+ a#3\n- a#3 Succeeded\n")
	})
}

// TestFollowEndsThoughAPodGoesOn: a run whose driver is lost leaves Pods behind.
func TestFollowEndsThoughAPodGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := launchtest.Begun(t)
		b.DriverUp()
		b.Logs.Lines["pod-a-1/main"] = []string{"one"}
		b.Logs.Opened["pod-a-1/main"] = make(chan struct{})
		b.Step("a", attempt("a", 1, v1alpha1.StepRunning))
		launchtest.Script(func() { b.End(v1alpha1.RunFailed) })
		if _, err := b.Follow(t.Context(), "r"); err != nil {
			t.Error(err)
		}
		b.Expect(t, "a | one\n", "+ a\nnote: step \"a\" goes on, though its run has ended\n")
	})
}

// TestTailAndFollow shows the last lines and goes on; --tail 0 shows new ones alone.
func TestTailAndFollow(t *testing.T) {
	for n, want := range map[int]string{0: "", 2: "three\nfour\n", 9: "one\ntwo\nthree\nfour\n"} {
		synctest.Test(t, func(t *testing.T) {
			b := launchtest.Begun(t)
			b.DriverUp()
			b.Logs.Lines["pod-a-1/main"] = []string{"one", "two", "three", "four"}
			b.Step("a", attempt("a", 1, v1alpha1.StepSucceeded))
			if err := b.ShowLogs(t.Context(), runlogs.Query{Run: "r", Step: "a", Follow: true, Tail: &n}); err != nil {
				t.Error(err)
			}
			b.Expect(t, want, "")
		})
	}
}

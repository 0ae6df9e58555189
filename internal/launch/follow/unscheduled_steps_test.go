package follow_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/launchtest"
	"github.com/stepherd/stepherd/internal/launch/lookup"
)

// refused is a step as the driver records it when a quota, with so many Pods used, has no room for its Pod.
func refused(step, quota string, used int) v1alpha1.StepStatus {
	return v1alpha1.StepStatus{Name: step, Phase: v1alpha1.StepWaiting, Message: fmt.Sprintf(
		`create pod r-%[1]s-1: pods "r-%[1]s-1" is forbidden: exceeded quota: %[2]s, requested: pods=1, used: pods=%[3]d, limited: pods=4`, step, quota, used)}
}

// TestRefusalIsTold: one line within 5 s of a step being refused, and another only when the reason is another.
func TestRefusalIsTold(t *testing.T) {
	const reason = `its Pod cannot be created: exceeded quota: %s, requested: pods=1, used: pods=4, limited: pods=4`
	waits := func(second int, steps, quota string) string {
		return fmt.Sprintf("%d note: step %s: "+reason, second, steps, quota)
	}
	failed := v1alpha1.AttemptStatus{Number: 1, Pod: "pod-a", Phase: v1alpha1.StepFailed}
	for _, tc := range []struct {
		name  string
		set   func(*launchtest.Bench)
		story func(b *launchtest.Bench, w *told)
		want  []string
	}{
		{"from the beginning", func(b *launchtest.Bench) { b.Recorded(refused("a", "q", 4)) }, func(_ *launchtest.Bench, w *told) {
			w.until(60)
		}, []string{waits(3, `"a" waits`, "q")}},
		{"more of the quota is used, then less", func(b *launchtest.Bench) { b.Recorded(refused("a", "q", 4)) }, func(b *launchtest.Bench, w *told) {
			w.until(10)
			b.Recorded(refused("a", "q", 12))
			w.until(20)
			b.Recorded(refused("a", "q", 3))
			w.until(60)
		}, []string{waits(3, `"a" waits`, "q")}},
		{"another quota", func(b *launchtest.Bench) { b.Recorded(refused("a", "q", 4)) }, func(b *launchtest.Bench, w *told) {
			w.until(10)
			b.Recorded(refused("a", "p", 4))
			w.until(60)
		}, []string{waits(3, `"a" waits`, "q"), waits(12, `"a" waits`, "p")}},
		{"many steps", func(b *launchtest.Bench) {
			b.Recorded(refused("a", "q", 4), refused("b", "q", 4), refused("c", "p", 4))
		}, func(_ *launchtest.Bench, w *told) {
			w.until(60)
		}, []string{waits(3, `"a" and 1 other wait`, "q"), waits(3, `"c" waits`, "p")}},
		{"for a moment", nil, func(b *launchtest.Bench, w *told) {
			b.Recorded(refused("a", "q", 4))
			w.until(1)
			b.Pod("a", v1alpha1.StepRunning)
			w.until(60)
		}, nil},
		{"a step that was waited for", nil, func(b *launchtest.Bench, w *told) {
			b.Pod("a", v1alpha1.StepRunning)
			w.until(30)
			b.Pod("a", v1alpha1.StepSucceeded)
			b.Recorded(refused("b", "q", 4))
			w.until(60)
		}, []string{waits(33, `"b" waits`, "q")}},
		{"a step whose needs have no Pods any more", func(b *launchtest.Bench) {
			b.Recorded(v1alpha1.StepStatus{Name: "a", Phase: v1alpha1.StepSucceeded}, v1alpha1.StepStatus{Name: "b", Phase: v1alpha1.StepWaiting})
		}, func(b *launchtest.Bench, w *told) {
			w.until(30)
			b.Recorded(v1alpha1.StepStatus{Name: "a", Phase: v1alpha1.StepSucceeded}, refused("b", "q", 4))
			w.until(60)
		}, []string{waits(33, `"b" waits`, "q")}},
		{"the next attempt", nil, func(b *launchtest.Bench, w *told) {
			b.Pod("a", v1alpha1.StepFailed)
			b.Recorded(v1alpha1.StepStatus{Name: "a", Phase: v1alpha1.StepWaiting, Reason: v1alpha1.ReasonError, Message: "attempt 2 follows", Attempts: []v1alpha1.AttemptStatus{failed}})
			w.until(30)
			again := refused("a", "q", 4)
			again.Attempts = []v1alpha1.AttemptStatus{failed}
			b.Recorded(again)
			w.until(60)
		}, []string{waits(33, `"a#2" waits`, "q")}},
		{"a Pod that comes, and then waits itself", func(b *launchtest.Bench) { b.Recorded(refused("a", "q", 4)) }, func(b *launchtest.Bench, w *told) {
			w.until(10)
			b.Pending("a", launchtest.Says("", "no node"))
			w.until(60)
		}, []string{waits(3, `"a" waits`, "q"), `14 note: step "a" waits: no node`}},
		{"the record cannot be read for a while", func(b *launchtest.Bench) { b.Recorded(refused("a", "q", 4)) }, func(b *launchtest.Bench, w *told) {
			w.until(1)
			b.Cluster.Change(func() { b.Cluster.Fail["Record"] = &launchtest.Error{Kind: launchtest.Weather, Text: "timeout"} })
			w.until(20)
			b.Back()
			w.until(60)
		}, []string{waits(23, `"a" waits`, "q")}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := waiting(t, tc.set, tc.story); !slices.Equal(got, tc.want) {
				t.Errorf("told\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(tc.want, "\n"))
			}
		})
	}
}

// TestRecordIsLeftAlone: it is read while a step could run and has no Pod, and not for hours while another one runs.
func TestRecordIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := launchtest.Begun(t)
		b.DriverUp()
		reads := &reading{Runs: b.Runs}
		b.Runs = reads
		b.Pod("a", v1alpha1.StepRunning)
		launchtest.Script(func() { time.Sleep(10 * time.Second) }, func() {
			before := reads.n.Load()
			time.Sleep(time.Hour)
			if n := reads.n.Load() - before; n != 0 {
				t.Errorf("while step a ran the record was read %d times", n)
			}
			b.Pod("a", v1alpha1.StepSucceeded)
			time.Sleep(time.Minute)
			if n := reads.n.Load() - before; n < 15 || n > 31 {
				t.Errorf("while step b had no Pod the record was read %d times in a minute", n)
			}
		}, func() { b.End(v1alpha1.RunSucceeded) })
		if _, err := b.Wait(t.Context(), "r"); err != nil {
			t.Error(err)
		}
	})
}

// reading counts the readings of the record.
type reading struct {
	lookup.Runs
	n atomic.Int32
}

func (r *reading) Record(ctx context.Context, namespace, run, uid string) (*record.Record, error) {
	r.n.Add(1)
	return r.Runs.Record(ctx, namespace, run, uid)
}

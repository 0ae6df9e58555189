package launch_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// ends is what a Job controller does of a Job that has run into its deadline.
func ends(job *batchv1.Job) {
	if job.Spec.ActiveDeadlineSeconds != nil {
		job.Status.Conditions = []batchv1.JobCondition{{
			Type: batchv1.JobFailed, Status: corev1.ConditionTrue, Reason: batchv1.JobReasonDeadlineExceeded, LastTransitionTime: *now(),
		}}
	}
}

func (b *bench) callsFrom(n int) string { return strings.Join(b.cluster.Calls()[n:], "\n") }

func TestCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := begun(t)
		mark := `patch r {"metadata":{"annotations":{"stepherd.dev/cancel":"` + time.Now().UTC().Format(time.RFC3339) + `"},"uid":"uid-r"}}`
		run, asked, err := b.Cancel(t.Context(), "r", false)
		if err != nil || !asked || run.Phase != v1alpha1.RunPending {
			t.Errorf("got %s, %v, %v", run.Phase, asked, err)
		}
		time.Sleep(time.Minute)
		if _, asked, err := b.Cancel(t.Context(), "r", false); err != nil || !asked {
			t.Errorf("again: got %v, %v", asked, err)
		}
		if got := b.callsFrom(1); got != mark {
			t.Errorf("two cancels sent\n%s\nwant\n%s", got, mark)
		}
	})
}

func TestCancelAfterTheEnd(t *testing.T) {
	b := begun(t)
	b.end(v1alpha1.RunFailed)
	run, asked, err := b.Cancel(t.Context(), "r", false)
	if err != nil || asked || run.Phase != v1alpha1.RunFailed {
		t.Errorf("got %s, %v, %v", run.Phase, asked, err)
	}
	if got := b.callsFrom(1); got != "" {
		t.Errorf("a run that has ended was changed: %s", got)
	}
}

// TestForce: with no driver alive, at once; with one that seems alive but does nothing, after 10 s; a driver that ends the
// run properly is let do so; step Pods that a lost driver has left are stopped.
func TestForce(t *testing.T) {
	const deadline = `patch r {"metadata":{"uid":"uid-r"},"spec":{"activeDeadlineSeconds":1}}`
	for _, tc := range []struct {
		name    string
		set     func(*bench)
		asked   bool
		phase   v1alpha1.RunPhase
		within  time.Duration
		forced  bool
		stopped int // calls that stop step Pods
	}{
		{"no driver", func(b *bench) { b.cluster.LiveStepPods = 2 }, true, v1alpha1.RunCancelled, 5 * time.Second, true, 3},
		{"a driver that does nothing", (*bench).driverUp, true, v1alpha1.RunCancelled, 15 * time.Second, true, 1},
		{"a driver that works", func(b *bench) {
			b.driverUp()
			script(func() { b.end(v1alpha1.RunCancelled) })
		}, true, v1alpha1.RunCancelled, 5 * time.Second, false, 1},
		{"lost", func(b *bench) { b.end(v1alpha1.RunFailed); b.cluster.LiveStepPods = 1 }, false, v1alpha1.RunFailed, 5 * time.Second, false, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := begun(t)
				b.cluster.OnPatch = ends
				tc.set(b)
				start := time.Now()
				run, asked, err := b.Cancel(t.Context(), "r", true)
				if err != nil || asked != tc.asked || run.Phase != tc.phase {
					t.Errorf("got %s, %v, %v", run.Phase, asked, err)
				}
				if took := time.Since(start); took > tc.within {
					t.Errorf("took %s", took)
				}
				calls := b.callsFrom(1)
				if strings.Contains(calls, deadline) != tc.forced || strings.Count(calls, "stop step pods") != tc.stopped {
					t.Errorf("sent\n%s", calls)
				}
				synctest.Wait()
			})
		})
	}
}

// TestForceGivesUp on step Pods that do not go.
func TestForceGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := begun(t)
		b.cluster.OnPatch = ends
		b.cluster.LiveStepPods = 1000
		_, _, err := b.Cancel(t.Context(), "r", true)
		if err == nil || !strings.Contains(err.Error(), "do not end, though they were deleted; see: kubectl get pods -n ml -l stepherd.dev/run-uid=uid-r") {
			t.Errorf("got %v", err)
		}
	})
}

func TestDelete(t *testing.T) {
	b := begun(t)
	alive, err := b.Delete(t.Context(), "r")
	if err != nil || !alive || b.callsFrom(1) != "delete r uid-r" {
		t.Errorf("got %v, %v; sent %s", alive, err, b.callsFrom(1))
	}
	if _, err := b.Delete(t.Context(), "r"); err == nil || err.Error() != `there is no run "r" in namespace "ml"; see: launcher list -n ml` {
		t.Errorf("got %v", err)
	}
}

// TestForeignJob: a Job that is no run is nobody's to touch.
func TestForeignJob(t *testing.T) {
	b := newBench()
	b.cluster.JobsByName["backup"] = &batchv1.Job{}
	const want = `job "backup" in namespace "ml" is not a run of stepherd; see: launcher list -n ml`
	_, getErr := b.Get(t.Context(), "backup")
	_, _, cancelErr := b.Cancel(t.Context(), "backup", true)
	_, deleteErr := b.Delete(t.Context(), "backup")
	_, waitErr := b.Wait(t.Context(), "backup")
	for verb, err := range map[string]error{"get": getErr, "cancel": cancelErr, "delete": deleteErr, "wait": waitErr} {
		if err == nil || err.Error() != want {
			t.Errorf("%s: got %v", verb, err)
		}
	}
	if calls := b.cluster.Calls(); len(calls) > 0 {
		t.Errorf("sent %q", calls)
	}
}

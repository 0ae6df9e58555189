package launch_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch"
)

// condition gives the run's Job a condition that is true.
func (b *bench) condition(kind batchv1.JobConditionType, reason string) {
	job := b.cluster.JobsByName["r"]
	job.Status.Conditions = append(job.Status.Conditions, batchv1.JobCondition{Type: kind, Status: corev1.ConditionTrue, Reason: reason, LastTransitionTime: *now()})
	job.Status.Ready = nil
}

// jobController does what it does of a Job that has run into its deadline: it decides on the failure, deletes the driver's
// Pods and lets go of them, and fails the Job when they are gone.
func (b *bench) jobController() {
	end := func() {
		if b.cluster.JobsByName["r"].Spec.ActiveDeadlineSeconds != nil && len(b.cluster.DriverPodsOf[uid]) == 0 {
			b.condition(batchv1.JobFailed, batchv1.JobReasonDeadlineExceeded)
		}
	}
	b.cluster.OnPatch = func(job *batchv1.Job) {
		if job.Spec.ActiveDeadlineSeconds == nil {
			return
		}
		b.condition(batchv1.JobFailureTarget, batchv1.JobReasonDeadlineExceeded)
		pods := b.cluster.DriverPodsOf[uid]
		for i := range pods {
			pods[i].Finalizers = nil
			if pods[i].DeletionTimestamp == nil {
				pods[i].DeletionTimestamp = in(30 * time.Second)
			}
		}
		end()
	}
	b.cluster.OnRemove = end
}

// in is a time from now.
func in(d time.Duration) *metav1.Time {
	t := metav1.NewTime(time.Now().Add(d))
	return &t
}

// driverOn is a driver's Pod on a node; deleted is nil for one that nobody deletes.
func (b *bench) driverOn(node string, deleted *metav1.Time) {
	b.cluster.DriverPodsOf[uid] = []corev1.Pod{{
		ObjectMeta: metav1.ObjectMeta{Name: "driver-1", Namespace: "ml", UID: "uid-driver-1", DeletionTimestamp: deleted, Finalizers: []string{batchv1.JobTrackingFinalizer}},
		Spec:       corev1.PodSpec{NodeName: node},
		Status:     corev1.PodStatus{Phase: corev1.PodRunning},
	}}
}

const removed = "note: deleted driver Pod driver-1 by force: it was stuck on node node-1, which does not answer\n"

// TestForce: with no driver alive, at once; with one that seems alive but does nothing, after 10 s and its grace; a driver
// that ends the run properly is let do so; one whose node is dead is taken away, when it is certain that it hangs; step Pods
// that a lost driver has left are stopped.
func TestForce(t *testing.T) {
	const deadline = `patch r {"metadata":{"uid":"uid-r"},"spec":{"activeDeadlineSeconds":1}}`
	grace := 30 * time.Second
	for _, tc := range []struct {
		name   string
		set    func(*bench)
		grace  *time.Duration
		asked  bool
		phase  v1alpha1.RunPhase
		within time.Duration
		forced bool
		said   string
	}{
		{"no driver", func(b *bench) { b.cluster.LiveStepPods = 2 }, nil, true, v1alpha1.RunCancelled, 5 * time.Second, true, ""},
		{"a driver that does nothing", (*bench).driverUp, nil, true, v1alpha1.RunCancelled, 15 * time.Second, true, ""},
		{"a driver that works", func(b *bench) {
			b.driverUp()
			script(func() { b.end(v1alpha1.RunCancelled) })
		}, nil, true, v1alpha1.RunCancelled, 5 * time.Second, false, ""},
		{"a driver that waits for its Pods' grace", func(b *bench) {
			b.driverUp()
			script(func() { time.Sleep(34 * time.Second) }, func() { b.end(v1alpha1.RunCancelled) })
		}, &grace, true, v1alpha1.RunCancelled, 40 * time.Second, false, ""},
		{"a driver that hangs on a dead node", func(b *bench) { b.driverOn("node-1", in(-time.Hour)) }, nil,
			true, v1alpha1.RunCancelled, 11 * time.Second, true, removed},
		{"a driver on a node that has just died", func(b *bench) {
			b.driverUp()
			b.driverOn("node-1", nil)
		}, nil, true, v1alpha1.RunCancelled, 80 * time.Second, true, removed},
		{"a driver that takes its time", func(b *bench) {
			b.driverOn("node-1", in(10*time.Second))
			script(func() { time.Sleep(20 * time.Second) }, func() {
				b.cluster.Change(func() { b.cluster.DriverPodsOf[uid] = nil; b.cluster.OnRemove() })
			})
		}, nil, true, v1alpha1.RunCancelled, 25 * time.Second, true, ""},
		{"a driver that nobody can end", func(b *bench) {
			b.driverOn("node-1", in(-time.Hour))
			b.cluster.OnPatch = nil // and so its Pod keeps the finalizer
		}, nil, true, v1alpha1.RunPending, 80 * time.Second, true,
			removed + "note: the driver of run \"r\" does not end, though it was asked to; see: kubectl get pods -n ml -l batch.kubernetes.io/job-name=r\n"},
		{"lost", func(b *bench) { b.end(v1alpha1.RunFailed); b.cluster.LiveStepPods = 1 }, nil, false, v1alpha1.RunFailed, 5 * time.Second, false,
			"note: stopped 1 step Pod that the driver had left\n"},
		{"steps on a dead node", func(b *bench) { b.cluster.LiveStepPods, b.cluster.LostStepPods = 3, 2 }, nil, true, v1alpha1.RunCancelled, 5 * time.Second, true,
			"note: the nodes of 2 step Pods of run \"r\" do not answer; what was deleted there goes when they come back or leave the cluster\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := begun(t)
				b.jobController()
				tc.set(b)
				start := time.Now()
				run, asked, err := b.Cancel(t.Context(), "r", launch.CancelOptions{Force: true, Grace: tc.grace})
				if err != nil || asked != tc.asked || run.Phase != tc.phase {
					t.Errorf("got %s, %v, %v", run.Phase, asked, err)
				}
				if took := time.Since(start); took > tc.within {
					t.Errorf("took %s", took)
				}
				calls := b.callsFrom(1)
				if strings.Contains(calls, deadline) != tc.forced || strings.Contains(calls, "release") || b.cluster.LiveStepPods > 0 {
					t.Errorf("%d step Pods are left; sent\n%s", b.cluster.LiveStepPods, calls)
				}
				if got := b.err.String(); got != tc.said {
					t.Errorf("said  %s\nwant %s", got, tc.said)
				}
				synctest.Wait()
			})
		})
	}
}

// TestForceWithGrace gives it to the step Pods, and waits for as long.
func TestForceWithGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := begun(t)
		b.jobController()
		b.cluster.LiveStepPods = 100 // one ends each second
		grace := 2 * time.Minute
		if _, _, err := b.Cancel(t.Context(), "r", launch.CancelOptions{Force: true, Grace: &grace}); err != nil {
			t.Error(err)
		}
		if calls := b.callsFrom(1); strings.Count(calls, "stop step pods within 2m0s") != 101 || !strings.Contains(calls, `"stepherd.dev/cancel-grace":"2m"`) {
			t.Errorf("sent\n%s", calls)
		}
	})
}

// TestForceStopsStepsFirst: steps need not wait for a driver that hangs.
func TestForceStopsStepsFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := begun(t)
		b.jobController()
		b.driverOn("node-1", in(0))
		b.cluster.LiveStepPods = 2
		end, live := b.cluster.OnRemove, -1
		b.cluster.OnRemove = func() { live = b.cluster.LiveStepPods; end() }
		if _, _, err := b.Cancel(t.Context(), "r", launch.CancelOptions{Force: true}); err != nil || live != 0 {
			t.Errorf("%d step Pods lived when the driver went, %v", live, err)
		}
	})
}

// TestForceGivesUp on step Pods that do not go.
func TestForceGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := begun(t)
		b.jobController()
		b.cluster.LiveStepPods = 1000
		_, _, err := b.Cancel(t.Context(), "r", launch.CancelOptions{Force: true})
		const want = ` step Pods of run "r" did not end when deleted; see: kubectl get pods -n ml -l stepherd.dev/run-uid=uid-r`
		if err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("got %v", err)
		}
	})
}

package control_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/control"
	"github.com/stepherd/stepherd/internal/launch/launchtest"
)

const removed = "note: deleted driver Pod driver-1 by force: it was stuck on node node-1, which does not answer\n"

// TestForce: with no driver alive, at once; with one that seems alive but does nothing, after 10 s and its grace; a driver
// that ends the run properly is let do so; one whose node is dead is taken away, when it is certain that it hangs; step Pods
// that a lost driver has left are stopped.
func TestForce(t *testing.T) {
	const deadline = `patch r {"metadata":{"uid":"uid-r"},"spec":{"activeDeadlineSeconds":1}}`
	grace := 30 * time.Second
	for _, tc := range []struct {
		name   string
		set    func(*launchtest.Bench)
		grace  *time.Duration
		asked  bool
		phase  v1alpha1.RunPhase
		within time.Duration
		forced bool
		said   string
	}{
		{"no driver", func(b *launchtest.Bench) { b.Cluster.LiveStepPods = 2 }, nil, true, v1alpha1.RunCancelled, 5 * time.Second, true, ""},
		{"a driver that does nothing", (*launchtest.Bench).DriverUp, nil, true, v1alpha1.RunCancelled, 15 * time.Second, true, ""},
		{"a driver that works", func(b *launchtest.Bench) {
			b.DriverUp()
			launchtest.Script(func() { b.End(v1alpha1.RunCancelled) })
		}, nil, true, v1alpha1.RunCancelled, 5 * time.Second, false, ""},
		{"a driver that waits for its Pods' grace", func(b *launchtest.Bench) {
			b.DriverUp()
			launchtest.Script(func() { time.Sleep(34 * time.Second) }, func() { b.End(v1alpha1.RunCancelled) })
		}, &grace, true, v1alpha1.RunCancelled, 40 * time.Second, false, ""},
		{"a driver that hangs on a dead node", func(b *launchtest.Bench) { b.DriverOn("node-1", launchtest.In(-time.Hour)) }, nil,
			true, v1alpha1.RunCancelled, 11 * time.Second, true, removed},
		{"a driver on a node that has just died", func(b *launchtest.Bench) {
			b.DriverUp()
			b.DriverOn("node-1", nil)
		}, nil, true, v1alpha1.RunCancelled, 80 * time.Second, true, removed},
		{"a driver that takes its time", func(b *launchtest.Bench) {
			b.DriverOn("node-1", launchtest.In(10*time.Second))
			launchtest.Script(func() { time.Sleep(20 * time.Second) }, func() {
				b.Cluster.Change(func() { b.Cluster.DriverPodsOf[launchtest.UID] = nil; b.Cluster.OnRemove() })
			})
		}, nil, true, v1alpha1.RunCancelled, 25 * time.Second, true, ""},
		{"a driver that nobody can end", func(b *launchtest.Bench) {
			b.DriverOn("node-1", launchtest.In(-time.Hour))
			b.Cluster.OnPatch = nil // and so its Pod keeps the finalizer
		}, nil, true, v1alpha1.RunPending, 80 * time.Second, true,
			removed + "note: the driver of run \"r\" does not end, though it was asked to; see: kubectl get pods -n ml -l batch.kubernetes.io/job-name=r\n"},
		{"lost", func(b *launchtest.Bench) { b.End(v1alpha1.RunFailed); b.Cluster.LiveStepPods = 1 }, nil, false, v1alpha1.RunFailed, 5 * time.Second, false,
			"note: stopped 1 step Pod that the driver had left\n"},
		{"steps on a dead node", func(b *launchtest.Bench) { b.Cluster.LiveStepPods, b.Cluster.LostStepPods = 3, 2 }, nil, true, v1alpha1.RunCancelled, 5 * time.Second, true,
			"note: the nodes of 2 step Pods of run \"r\" do not answer; what was deleted there goes when they come back or leave the cluster\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := launchtest.Begun(t)
				b.JobController()
				tc.set(b)
				start := time.Now()
				run, asked, err := b.Cancel(t.Context(), "r", control.CancelOptions{Force: true, Grace: tc.grace})
				if err != nil || asked != tc.asked || run.Phase != tc.phase {
					t.Errorf("got %s, %v, %v", run.Phase, asked, err)
				}
				if took := time.Since(start); took > tc.within {
					t.Errorf("took %s", took)
				}
				calls := b.CallsFrom(1)
				if strings.Contains(calls, deadline) != tc.forced || strings.Contains(calls, "release") || b.Cluster.LiveStepPods > 0 {
					t.Errorf("%d step Pods are left; sent\n%s", b.Cluster.LiveStepPods, calls)
				}
				if got := b.Err.String(); got != tc.said {
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
		b := launchtest.Begun(t)
		b.JobController()
		b.Cluster.LiveStepPods = 100 // one ends each second
		grace := 2 * time.Minute
		if _, _, err := b.Cancel(t.Context(), "r", control.CancelOptions{Force: true, Grace: &grace}); err != nil {
			t.Error(err)
		}
		if calls := b.CallsFrom(1); strings.Count(calls, "stop step pods within 2m0s") != 101 || !strings.Contains(calls, `"stepherd.dev/cancel-grace":"2m"`) {
			t.Errorf("sent\n%s", calls)
		}
	})
}

// TestForceStopsStepsFirst: steps need not wait for a driver that hangs.
func TestForceStopsStepsFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := launchtest.Begun(t)
		b.JobController()
		b.DriverOn("node-1", launchtest.In(0))
		b.Cluster.LiveStepPods = 2
		end, live := b.Cluster.OnRemove, -1
		b.Cluster.OnRemove = func() { live = b.Cluster.LiveStepPods; end() }
		if _, _, err := b.Cancel(t.Context(), "r", control.CancelOptions{Force: true}); err != nil || live != 0 {
			t.Errorf("%d step Pods lived when the driver went, %v", live, err)
		}
	})
}

// TestForceGivesUp on step Pods that do not go.
func TestForceGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := launchtest.Begun(t)
		b.JobController()
		b.Cluster.LiveStepPods = 1000
		_, _, err := b.Cancel(t.Context(), "r", control.CancelOptions{Force: true})
		const want = ` step Pods of run "r" did not end when deleted; see: kubectl get pods -n ml -l stepherd.dev/run-uid=uid-r`
		if err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("got %v", err)
		}
	})
}

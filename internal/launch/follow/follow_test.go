package follow_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/client"
	"github.com/stepherd/stepherd/internal/launch/launchtest"
)

// TestExplained: why no driver starts is said within 10 s, and each reason once.
func TestExplained(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := launchtest.Begun(t)
		b.Cluster.EventsOf[launchtest.UID] = []corev1.Event{{Reason: "FailedCreate", Message: "Error creating: exceeded quota", LastTimestamp: *launchtest.Now()}}
		done := make(chan error, 1)
		go func() {
			_, err := b.Wait(t.Context(), "r")
			done <- err
		}()
		time.Sleep(10 * time.Second)
		if got, want := b.Err.String(), "note: the driver's Pod cannot be created: exceeded quota\n"; got != want {
			t.Errorf("after 10 s: %q, want %q", got, want)
		}
		time.Sleep(time.Minute)
		b.DriverUp()
		time.Sleep(time.Minute)
		b.End(v1alpha1.RunSucceeded)
		if err := <-done; err != nil {
			t.Error(err)
		}
		if got := strings.Count(b.Err.String(), "note:"); got != 1 {
			t.Errorf("said %d times:\n%s", got, b.Err)
		}
	})
}

// TestStuckDriverIsTold: a driver whose node dies is told of while somebody waits, and so is one that takes its place and
// then does nothing.
func TestStuckDriverIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := launchtest.Begun(t)
		b.DriverUp()
		done := make(chan error, 1)
		go func() {
			_, err := b.Wait(t.Context(), "r")
			done <- err
		}()
		time.Sleep(10 * time.Second)
		b.Cluster.Change(func() {
			b.Holder("uid-driver-1")
			b.Cluster.JobsByName["r"].Status.Ready = nil
			b.DriverOn("node-1", launchtest.In(30*time.Second))
		})
		time.Sleep(70 * time.Second)
		said := "note: the driver's Pod driver-1 is being deleted; another is started when it is gone\n" +
			"note: driver Pod driver-1 is stuck on node node-1, which does not answer: launcher recover r -n ml\n"
		if got := b.Err.String(); got != said {
			t.Errorf("said %s\nwant %s", got, said)
		}
		b.Cluster.Change(func() {
			one := int32(1)
			b.Cluster.JobsByName["r"].Status.Ready = &one
			b.DriverOn("node-2", nil)
			next := &b.Cluster.DriverPodsOf[launchtest.UID][0]
			next.Name, next.UID = "driver-2", "uid-driver-2"
			next.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: v1alpha1.DriverContainer, State: corev1.ContainerState{
				Running: &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(time.Date(2000, 1, 1, 0, 1, 20, 0, time.UTC))}}}}
		})
		time.Sleep(40 * time.Second)
		said += "note: the driver has run since 2000-01-01T00:01:20Z and has not taken up the record of the driver before it; see its log: kubectl logs driver-2 -n ml\n"
		if got := b.Err.String(); got != said {
			t.Errorf("said %s\nwant %s", got, said)
		}
		b.Cluster.Change(func() { b.Holder("uid-driver-2") })
		time.Sleep(time.Minute)
		b.End(v1alpha1.RunSucceeded)
		if err := <-done; err != nil || b.Err.String() != said {
			t.Errorf("%v, said %s", err, b.Err)
		}
	})
}

// TestContactLost: a break of seconds is not worth a word, a longer one is told once, contact that is back, too; the verdict
// is the right one.
func TestContactLost(t *testing.T) {
	for _, tc := range []struct {
		outage time.Duration
		want   string
	}{
		{5 * time.Second, ""},
		{10 * time.Minute, "note: contact with the cluster is lost (connection refused); the run goes on, and so does trying\nnote: contact with the cluster is back\n"},
	} {
		t.Run(tc.outage.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := launchtest.Begun(t)
				b.DriverUp()
				launchtest.Script(b.Away, func() { time.Sleep(tc.outage) }, b.Back, func() { b.End(v1alpha1.RunCancelled) })
				run, err := b.Wait(t.Context(), "r")
				if err != nil || run.Phase != v1alpha1.RunCancelled {
					t.Errorf("got %s, %v", run.Phase, err)
				}
				if got := b.Err.String(); got != tc.want {
					t.Errorf("stderr %q, want %q", got, tc.want)
				}
			})
		})
	}
}

// TestContactLostForGood gives up after a quarter of an hour, with no verdict.
func TestContactLostForGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := launchtest.Begun(t)
		b.DriverUp()
		launchtest.Script(b.Away)
		run, err := b.Wait(t.Context(), "r")
		const want = `contact with the cluster has been lost for 15m00s (connection refused); run "r" goes on: launcher wait r -n ml`
		if err == nil || err.Error() != want || client.ClassOf(err) != client.ClassCluster || run.Phase != "" {
			t.Errorf("got %q, %v", run.Phase, err)
		}
	})
}

// TestEndReadLater: a record that cannot be read at the end is waited for; the Job's condition alone is no verdict.
func TestEndReadLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := launchtest.Begun(t)
		b.DriverUp()
		launchtest.Script(func() {
			b.Cluster.Change(func() { b.Cluster.Fail["Record"] = &launchtest.Error{Kind: launchtest.Weather, Text: "timeout"} })
		}, func() { b.End(v1alpha1.RunCancelled) }, func() { time.Sleep(40 * time.Second) }, b.Back)
		run, err := b.Wait(t.Context(), "r")
		if err != nil || run.Phase != v1alpha1.RunCancelled {
			t.Errorf("got %s, %v", run.Phase, err)
		}
	})
}

// TestDeletedMeanwhile is no verdict.
func TestDeletedMeanwhile(t *testing.T) {
	for name, change := range map[string]func(b *launchtest.Bench){
		"gone":        func(b *launchtest.Bench) { delete(b.Cluster.JobsByName, "r") },
		"another run": func(b *launchtest.Bench) { b.Cluster.JobsByName["r"].UID = "other" },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := launchtest.Begun(t)
				launchtest.Script(func() { b.Cluster.Change(func() { change(b) }) })
				_, err := b.Wait(t.Context(), "r")
				if err == nil || err.Error() != `run "r" in namespace "ml" was deleted before its end was seen` {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

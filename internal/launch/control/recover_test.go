package control_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/client"
	"github.com/stepherd/stepherd/internal/launch/launchtest"
)

// TestRecover takes away what is stuck, by its UID, and nothing else.
func TestRecover(t *testing.T) {
	const release, remove = "release pod driver-1 uid-driver-1", "remove pod driver-1 uid-driver-1"
	const deleted = "deleted driver Pod driver-1 by force: it was stuck on node node-1, which does not answer"
	for _, tc := range []struct {
		name  string
		set   func(*launchtest.Bench)
		calls []string
		said  []string
	}{
		{"stuck", func(b *launchtest.Bench) { b.DriverOn("node-1", launchtest.In(-time.Minute)) }, []string{release, remove},
			[]string{deleted, "the Job of run r starts another driver, which goes on from the record: launcher wait r -n ml"}},
		{"stuck for just long enough", func(b *launchtest.Bench) { b.DriverOn("node-1", launchtest.In(-30*time.Second)) }, []string{release, remove},
			[]string{deleted, "the Job of run r starts another driver, which goes on from the record: launcher wait r -n ml"}},
		{"stuck, and the run is at its end", func(b *launchtest.Bench) {
			b.DriverOn("node-1", launchtest.In(-time.Minute))
			b.Condition(batchv1.JobFailureTarget, batchv1.JobReasonDeadlineExceeded)
		}, []string{remove}, []string{deleted, "the Job of run r can end now: launcher get r -n ml"}},
		{"stuck, and the run is being deleted", func(b *launchtest.Bench) {
			b.DriverOn("node-1", launchtest.In(-time.Minute))
			b.Cluster.JobsByName["r"].DeletionTimestamp = launchtest.Now()
		}, []string{remove}, []string{deleted, "the Job of run r can end now: launcher get r -n ml"}},
		{"on its way out", func(b *launchtest.Bench) { b.DriverOn("node-1", launchtest.In(-29*time.Second)) }, nil,
			[]string{"run r has no stuck driver: driver Pod driver-1 is being deleted and has until 1999-12-31T23:59:31Z; if it is still there 30s later, come again"}},
		{"ended, and the Job controller has not looked yet", func(b *launchtest.Bench) {
			b.DriverOn("node-1", launchtest.In(-time.Minute))
			b.Cluster.DriverPodsOf[launchtest.UID][0].Status.Phase = corev1.PodFailed
		}, nil, []string{"run r has no stuck driver: the driver's Pod driver-1 ended; another is started"}},
		{"at work", func(b *launchtest.Bench) { b.DriverUp(); b.DriverOn("node-1", nil) }, nil,
			[]string{"run r has no stuck driver: driver Pod driver-1 is on node node-1"}},
		{"no node", func(b *launchtest.Bench) { b.DriverOn("", nil) }, nil, []string{"run r has no stuck driver: driver Pod driver-1 has no node yet"}},
		{"no Pod", func(*launchtest.Bench) {}, nil, []string{"run r has no stuck driver: there is no driver Pod at the moment"}},
		{"a reason is known", func(b *launchtest.Bench) {
			b.Cluster.EventsOf[launchtest.UID] = []corev1.Event{{Reason: "FailedCreate", Message: "Error creating: exceeded quota", LastTimestamp: *launchtest.Now()}}
		}, nil, []string{"run r has no stuck driver: the driver's Pod cannot be created: exceeded quota"}},
		{"ended", func(b *launchtest.Bench) {
			b.DriverOn("node-1", launchtest.In(-time.Minute))
			b.End(v1alpha1.RunCancelled)
		}, nil, []string{"run r has ended: Cancelled"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := launchtest.Begun(t)
				tc.set(b)
				said, err := b.Controller().Recover(t.Context(), "r")
				if err != nil || !slices.Equal(said, tc.said) {
					t.Errorf("said\n%s\nwant\n%s\nerror %v", strings.Join(said, "\n"), strings.Join(tc.said, "\n"), err)
				}
				if got := b.Cluster.Calls()[1:]; !slices.Equal(got, tc.calls) {
					t.Errorf("sent %q, want %q", got, tc.calls)
				}
			})
		})
	}
}

// TestRecoverLeavesOthersAlone: of several Pods, those that are stuck go.
func TestRecoverLeavesOthersAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := launchtest.Begun(t)
		b.DriverOn("node-1", launchtest.In(-time.Minute))
		stuck := b.Cluster.DriverPodsOf[launchtest.UID][0]
		b.DriverOn("node-2", nil)
		live := b.Cluster.DriverPodsOf[launchtest.UID][0]
		live.Name, live.UID = "driver-2", "uid-driver-2"
		b.Cluster.DriverPodsOf[launchtest.UID] = []corev1.Pod{stuck, live}
		if _, err := b.Controller().Recover(t.Context(), "r"); err != nil {
			t.Error(err)
		}
		if left := b.Cluster.DriverPodsOf[launchtest.UID]; len(left) != 1 || left[0].Name != "driver-2" {
			t.Errorf("left: %v", left)
		}
	})
}

// TestRecoverWithoutRights: each right that is missing is named, and what is not allowed in part is not begun.
func TestRecoverWithoutRights(t *testing.T) {
	for _, tc := range []struct {
		method, verb string
		begun        string
		want         string
	}{
		{"ReleasePod", "patch", "release pod driver-1 uid-driver-1",
			`you may not patch pods in namespace "ml", which it takes to free driver Pod driver-1 from its Job; ask somebody who may, or whoever looks after node node-1: ` +
				`kubectl taint node node-1 node.kubernetes.io/out-of-service=nodeshutdown:NoExecute`},
		{"RemovePod", "delete", "release pod driver-1 uid-driver-1\nremove pod driver-1 uid-driver-1",
			`you may not delete pods in namespace "ml"; ask an administrator to install the Roles there (launcher rbac -n ml | kubectl apply -f -) and to bind stepherd-user to you`},
	} {
		t.Run(tc.verb, func(t *testing.T) {
			b := launchtest.Begun(t)
			b.DriverOn("node-1", launchtest.In(-time.Minute))
			b.Cluster.Fail[tc.method] = launchtest.MayNot(tc.verb, "pods", "ml")
			said, err := b.Controller().Recover(t.Context(), "r")
			if err == nil || err.Error() != tc.want || client.ClassOf(err) != client.ClassCluster || said != nil {
				t.Errorf("got %v, said %q", err, said)
			}
			if got := b.CallsFrom(1); got != tc.begun {
				t.Errorf("sent %q", got)
			}
		})
	}
}

package launch_test

import (
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/launchtest"
)

// TestListLooksCloser: a list goes by the Jobs alone, but for those few that do not tell.
func TestListLooksCloser(t *testing.T) {
	terminating := func(b *bench) {
		one := int32(1)
		b.cluster.JobsByName["r"].Status.Terminating = &one
	}
	lost := func(b *bench) { b.condition(batchv1.JobFailed, batchv1.JobReasonBackoffLimitExceeded) }
	recorded := func(b *bench) {
		b.cluster.RecordOf[uid] = &v1alpha1.Record{Head: v1alpha1.RecordHead{Version: 1, Phase: v1alpha1.RunSucceeded}}
	}
	for _, tc := range []struct {
		name    string
		set     func(b *bench)
		phase   v1alpha1.RunPhase
		reason  v1alpha1.Reason
		message string
	}{
		{"at work", (*bench).driverUp, v1alpha1.RunRunning, "", ""},
		{"lost", lost, v1alpha1.RunFailed, v1alpha1.ReasonDriverLost, "the driver ended without a verdict: "},
		{"lost, with a verdict in the record", func(b *bench) { lost(b); recorded(b) }, v1alpha1.RunSucceeded, "", ""},
		{"lost, and the record cannot be had", func(b *bench) {
			lost(b)
			recorded(b)
			b.cluster.Fail["Record"] = launchtest.MayNot("get", "configmaps", "ml")
		}, v1alpha1.RunFailed, v1alpha1.ReasonDriverLost, "the driver ended without a verdict: "},
		{"on its way out", func(b *bench) { terminating(b); b.driverOn("node-1", in(-10*time.Second)) }, v1alpha1.RunPending, "", ""},
		{"stuck", func(b *bench) { terminating(b); b.driverOn("node-1", in(-time.Minute)) }, v1alpha1.RunPending, "",
			"driver Pod driver-1 is stuck on node node-1, which does not answer: launcher recover r -n ml"},
		{"stuck, and its Pods may not be listed", func(b *bench) {
			terminating(b)
			b.driverOn("node-1", in(-time.Minute))
			b.cluster.Fail["DriverPods"] = launchtest.MayNot("list", "pods", "ml")
		}, v1alpha1.RunPending, "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := begun(t)
			tc.set(b)
			runs, err := b.List(t.Context())
			if err != nil || len(runs) != 1 {
				t.Fatalf("%d runs, %v", len(runs), err)
			}
			if got := runs[0]; got.Phase != tc.phase || got.Reason != tc.reason || got.Message != tc.message {
				t.Errorf("got %s/%s %q", got.Phase, got.Reason, got.Message)
			}
		})
	}
}

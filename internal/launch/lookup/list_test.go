package lookup_test

import (
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/launchtest"
)

// TestListIsGet: a list tells of each run what get tells, at every moment of its life: phase, reason, message, and times.
func TestListIsGet(t *testing.T) {
	lost := func(b *launchtest.Bench) { b.Condition(batchv1.JobFailed, batchv1.JobReasonBackoffLimitExceeded) }
	record := func(b *launchtest.Bench, phase v1alpha1.RunPhase) {
		b.Cluster.RecordOf[launchtest.UID] = &record.Record{Head: record.Head{
			Version: 1, Phase: phase, Message: "m", StartedAt: launchtest.In(-20 * time.Second), FinishedAt: launchtest.In(-9 * time.Second)}}
	}
	const container = "the run is over, but container istio-proxy of its driver Pod driver-1 is still running, so that its Job does not end; " +
		"to end it: launcher cancel r --force -n ml"
	for _, tc := range []struct {
		name    string
		set     func(b *launchtest.Bench)
		phase   v1alpha1.RunPhase
		reason  v1alpha1.Reason
		message string
	}{
		{"new", func(*launchtest.Bench) {}, v1alpha1.RunPending, "", ""},
		{"at work", (*launchtest.Bench).DriverUp, v1alpha1.RunRunning, "", ""},
		{"at work, by an older build", func(b *launchtest.Bench) {
			b.DriverUp()
			b.Cluster.OldRecords = true
			b.DriverPod(launchtest.DriverRunning)
		}, v1alpha1.RunRunning, "", ""},
		{"its driver is ready, and has no record yet", func(b *launchtest.Bench) {
			b.DriverUp()
			clear(b.Cluster.RecordOf)
			b.DriverPod(launchtest.DriverRunning)
		}, v1alpha1.RunPending, "", ""},
		{"suspended", func(b *launchtest.Bench) {
			yes := true
			b.Cluster.JobsByName["r"].Spec.Suspend = &yes
		}, v1alpha1.RunPending, "", "the run is suspended: its Job has spec.suspend set"},
		{"a verdict, and the driver on its way out", func(b *launchtest.Bench) {
			record(b, v1alpha1.RunSucceeded)
			b.DriverPod(launchtest.DriverRunning, launchtest.Sidecar)
		},
			v1alpha1.RunSucceeded, "", "m"},
		{"a verdict, and a container that stays", func(b *launchtest.Bench) {
			record(b, v1alpha1.RunFailed)
			b.DriverPod(launchtest.DriverEnded, launchtest.Sidecar)
		},
			v1alpha1.RunFailed, "", "m; " + container},
		{"a verdict of an older build, and a container that stays", func(b *launchtest.Bench) {
			record(b, v1alpha1.RunSucceeded)
			b.DriverPod(launchtest.DriverEnded, launchtest.Sidecar)
			b.Cluster.OldRecords = true
		}, v1alpha1.RunSucceeded, "", "m; " + container},
		{"ended", func(b *launchtest.Bench) { b.End(v1alpha1.RunSucceeded) }, v1alpha1.RunSucceeded, "", ""},
		{"ended, with a record of an older build", func(b *launchtest.Bench) { b.End(v1alpha1.RunSucceeded); b.Cluster.OldRecords = true }, v1alpha1.RunSucceeded, "", ""},
		{"complete, and the record is gone", func(b *launchtest.Bench) { b.End(v1alpha1.RunSucceeded); clear(b.Cluster.RecordOf) }, v1alpha1.RunSucceeded, "", ""},
		{"lost", lost, v1alpha1.RunFailed, v1alpha1.ReasonDriverLost, "the driver ended without a verdict: "},
		{"lost, with a verdict in the record", func(b *launchtest.Bench) { lost(b); record(b, v1alpha1.RunSucceeded) }, v1alpha1.RunSucceeded, "", "m"},
		{"a driver on its way out", func(b *launchtest.Bench) { b.DriverOn("node-1", launchtest.In(-10*time.Second)) }, v1alpha1.RunPending, "",
			"the driver's Pod driver-1 is being deleted; another is started when it is gone"},
		{"stuck", func(b *launchtest.Bench) { b.DriverOn("node-1", launchtest.In(-time.Minute)) }, v1alpha1.RunPending, "",
			"driver Pod driver-1 is stuck on node node-1, which does not answer: launcher recover r -n ml"},
		{"stuck after the verdict", func(b *launchtest.Bench) {
			record(b, v1alpha1.RunSucceeded)
			b.DriverOn("node-1", launchtest.In(-time.Minute))
		}, v1alpha1.RunSucceeded, "",
			"m; driver Pod driver-1 is stuck on node node-1, which does not answer: launcher recover r -n ml"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := launchtest.Begun(t)
			tc.set(b)
			runs, err := b.List(t.Context())
			if err != nil || len(runs) != 1 {
				t.Fatalf("%d runs, %v", len(runs), err)
			}
			got := runs[0]
			if got.Phase != tc.phase || got.Reason != tc.reason || got.Message != tc.message {
				t.Errorf("list: %s/%s %q", got.Phase, got.Reason, got.Message)
			}
			one, _, err := b.Get(t.Context(), "r")
			if err != nil || one.Phase != tc.phase || one.Reason != tc.reason || one.Message != tc.message {
				t.Errorf("get: %s/%s %q, %v", one.Phase, one.Reason, one.Message, err)
			}
			if text(got.StartedAt) != text(one.StartedAt) || text(got.FinishedAt) != text(one.FinishedAt) || text(got.CreatedAt) != text(one.CreatedAt) {
				t.Errorf("list: %v to %v, get: %v to %v", got.StartedAt, got.FinishedAt, one.StartedAt, one.FinishedAt)
			}
			if b.Err.String() != "" {
				t.Errorf("said %s", b.Err)
			}
		})
	}
}

// text is a time as it goes over the wire.
func text(at *metav1.Time) string {
	if at == nil {
		return ""
	}
	return at.UTC().Format(time.RFC3339)
}

// TestListWithoutRights: who may not list records or Pods sees what the Jobs tell, and is told so once.
func TestListWithoutRights(t *testing.T) {
	const note = "note: runs are shown as their Jobs tell, because you may not list configmaps in namespace \"ml\", where the records are\n"
	noMaps := func(b *launchtest.Bench) {
		b.Cluster.Fail["RecordHeads"] = launchtest.MayNot("list", "configmaps", "ml")
		b.Cluster.Fail["Record"] = launchtest.MayNot("get", "configmaps", "ml")
	}
	noPods := func(b *launchtest.Bench) { b.Cluster.Fail["LiveDriverPods"] = launchtest.MayNot("list", "pods", "ml") }
	for _, tc := range []struct {
		name    string
		set     func(b *launchtest.Bench)
		phase   v1alpha1.RunPhase
		message string
		note    string
	}{
		{"no records, new", noMaps, v1alpha1.RunPending, "", note},
		{"no records, at work", func(b *launchtest.Bench) { noMaps(b); b.DriverUp() }, v1alpha1.RunRunning, "", note},
		{"no records, ended", func(b *launchtest.Bench) { noMaps(b); b.End(v1alpha1.RunSucceeded) }, v1alpha1.RunSucceeded, "", note},
		{"no records, lost", func(b *launchtest.Bench) { noMaps(b); b.Condition(batchv1.JobFailed, "BackoffLimitExceeded") }, v1alpha1.RunFailed,
			"the driver ended without a verdict: ", note},
		{"no Pods, stuck", func(b *launchtest.Bench) { noPods(b); b.DriverOn("node-1", launchtest.In(-time.Minute)) }, v1alpha1.RunPending, "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := launchtest.Begun(t)
			tc.set(b)
			runs, err := b.List(t.Context())
			if err != nil || len(runs) != 1 {
				t.Fatalf("%d runs, %v", len(runs), err)
			}
			if got := runs[0]; got.Phase != tc.phase || got.Message != tc.message || b.Err.String() != tc.note {
				t.Errorf("got %s %q, said %q", got.Phase, got.Message, b.Err)
			}
		})
	}
}

// TestListFails: a list that is cut off by the weather is no list.
func TestListFails(t *testing.T) {
	for _, method := range []string{"EachJob", "RecordHeads", "LiveDriverPods"} {
		b := launchtest.Begun(t)
		b.Cluster.Fail[method] = &launchtest.Error{Kind: launchtest.Weather, Text: "timeout"}
		if runs, err := b.List(t.Context()); err == nil || !strings.Contains(err.Error(), "timeout") {
			t.Errorf("%s: %d runs, %v", method, len(runs), err)
		}
	}
}

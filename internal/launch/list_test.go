package launch_test

import (
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/launchtest"
)

// TestListIsGet: a list tells of each run what get tells, at every moment of its life: phase, reason, message, and times.
func TestListIsGet(t *testing.T) {
	lost := func(b *bench) { b.condition(batchv1.JobFailed, batchv1.JobReasonBackoffLimitExceeded) }
	record := func(b *bench, phase v1alpha1.RunPhase) {
		b.cluster.RecordOf[uid] = &v1alpha1.Record{Head: v1alpha1.RecordHead{
			Version: 1, Phase: phase, Message: "m", StartedAt: in(-20 * time.Second), FinishedAt: in(-9 * time.Second)}}
	}
	const container = "the run is over, but container istio-proxy of its driver Pod driver-1 is still running, so that its Job does not end; " +
		"to end it: launcher cancel r --force -n ml"
	for _, tc := range []struct {
		name    string
		set     func(b *bench)
		phase   v1alpha1.RunPhase
		reason  v1alpha1.Reason
		message string
	}{
		{"new", func(*bench) {}, v1alpha1.RunPending, "", ""},
		{"at work", (*bench).driverUp, v1alpha1.RunRunning, "", ""},
		{"at work, by an older build", func(b *bench) {
			b.driverUp()
			b.cluster.OldRecords = true
			b.driverPod(driverRunning)
		}, v1alpha1.RunRunning, "", ""},
		{"its driver is ready, and has no record yet", func(b *bench) {
			b.driverUp()
			clear(b.cluster.RecordOf)
			b.driverPod(driverRunning)
		}, v1alpha1.RunPending, "", ""},
		{"suspended", func(b *bench) {
			yes := true
			b.cluster.JobsByName["r"].Spec.Suspend = &yes
		}, v1alpha1.RunPending, "", "the run is suspended: its Job has spec.suspend set"},
		{"a verdict, and the driver on its way out", func(b *bench) { record(b, v1alpha1.RunSucceeded); b.driverPod(driverRunning, sidecar) },
			v1alpha1.RunSucceeded, "", "m"},
		{"a verdict, and a container that stays", func(b *bench) { record(b, v1alpha1.RunFailed); b.driverPod(driverEnded, sidecar) },
			v1alpha1.RunFailed, "", "m; " + container},
		{"a verdict of an older build, and a container that stays", func(b *bench) {
			record(b, v1alpha1.RunSucceeded)
			b.driverPod(driverEnded, sidecar)
			b.cluster.OldRecords = true
		}, v1alpha1.RunSucceeded, "", "m; " + container},
		{"ended", func(b *bench) { b.end(v1alpha1.RunSucceeded) }, v1alpha1.RunSucceeded, "", ""},
		{"ended, with a record of an older build", func(b *bench) { b.end(v1alpha1.RunSucceeded); b.cluster.OldRecords = true }, v1alpha1.RunSucceeded, "", ""},
		{"complete, and the record is gone", func(b *bench) { b.end(v1alpha1.RunSucceeded); clear(b.cluster.RecordOf) }, v1alpha1.RunSucceeded, "", ""},
		{"lost", lost, v1alpha1.RunFailed, v1alpha1.ReasonDriverLost, "the driver ended without a verdict: "},
		{"lost, with a verdict in the record", func(b *bench) { lost(b); record(b, v1alpha1.RunSucceeded) }, v1alpha1.RunSucceeded, "", "m"},
		{"a driver on its way out", func(b *bench) { b.driverOn("node-1", in(-10*time.Second)) }, v1alpha1.RunPending, "",
			"the driver's Pod driver-1 is being deleted; another is started when it is gone"},
		{"stuck", func(b *bench) { b.driverOn("node-1", in(-time.Minute)) }, v1alpha1.RunPending, "",
			"driver Pod driver-1 is stuck on node node-1, which does not answer: launcher recover r -n ml"},
		{"stuck after the verdict", func(b *bench) { record(b, v1alpha1.RunSucceeded); b.driverOn("node-1", in(-time.Minute)) }, v1alpha1.RunSucceeded, "",
			"m; driver Pod driver-1 is stuck on node node-1, which does not answer: launcher recover r -n ml"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := begun(t)
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
			if b.err.String() != "" {
				t.Errorf("said %s", b.err)
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
	noMaps := func(b *bench) {
		b.cluster.Fail["RecordHeads"] = launchtest.MayNot("list", "configmaps", "ml")
		b.cluster.Fail["Record"] = launchtest.MayNot("get", "configmaps", "ml")
	}
	noPods := func(b *bench) { b.cluster.Fail["LiveDriverPods"] = launchtest.MayNot("list", "pods", "ml") }
	for _, tc := range []struct {
		name    string
		set     func(b *bench)
		phase   v1alpha1.RunPhase
		message string
		note    string
	}{
		{"no records, new", noMaps, v1alpha1.RunPending, "", note},
		{"no records, at work", func(b *bench) { noMaps(b); b.driverUp() }, v1alpha1.RunRunning, "", note},
		{"no records, ended", func(b *bench) { noMaps(b); b.end(v1alpha1.RunSucceeded) }, v1alpha1.RunSucceeded, "", note},
		{"no records, lost", func(b *bench) { noMaps(b); b.condition(batchv1.JobFailed, "BackoffLimitExceeded") }, v1alpha1.RunFailed,
			"the driver ended without a verdict: ", note},
		{"no Pods, stuck", func(b *bench) { noPods(b); b.driverOn("node-1", in(-time.Minute)) }, v1alpha1.RunPending, "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := begun(t)
			tc.set(b)
			runs, err := b.List(t.Context())
			if err != nil || len(runs) != 1 {
				t.Fatalf("%d runs, %v", len(runs), err)
			}
			if got := runs[0]; got.Phase != tc.phase || got.Message != tc.message || b.err.String() != tc.note {
				t.Errorf("got %s %q, said %q", got.Phase, got.Message, b.err)
			}
		})
	}
}

// TestListFails: a list that is cut off by the weather is no list.
func TestListFails(t *testing.T) {
	for _, method := range []string{"EachJob", "RecordHeads", "LiveDriverPods"} {
		b := begun(t)
		b.cluster.Fail[method] = &launchtest.Error{Kind: launchtest.Weather, Text: "timeout"}
		if runs, err := b.List(t.Context()); err == nil || !strings.Contains(err.Error(), "timeout") {
			t.Errorf("%s: %d runs, %v", method, len(runs), err)
		}
	}
}

// driverPod gives the run a driver Pod with these containers.
func (b *bench) driverPod(containers ...corev1.ContainerStatus) {
	b.cluster.Change(func() {
		pod := corev1.Pod{}
		pod.Name, pod.Spec.NodeName, pod.Status.Phase = "driver-1", "node-1", corev1.PodRunning
		pod.CreationTimestamp = *now()
		pod.Status.ContainerStatuses = containers
		b.cluster.DriverPodsOf[uid] = []corev1.Pod{pod}
	})
}

var (
	driverRunning = corev1.ContainerStatus{Name: v1alpha1.DriverContainer, State: corev1.ContainerState{
		Running: &corev1.ContainerStateRunning{StartedAt: *now()}}}
	driverEnded = corev1.ContainerStatus{Name: v1alpha1.DriverContainer, State: corev1.ContainerState{
		Terminated: &corev1.ContainerStateTerminated{}}}
	sidecar = corev1.ContainerStatus{Name: "istio-proxy", State: corev1.ContainerState{
		Running: &corev1.ContainerStateRunning{StartedAt: *now()}}}
)

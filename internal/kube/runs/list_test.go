package runs_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/kube"
	"github.com/stepherd/stepherd/internal/kube/kubetest"
	"github.com/stepherd/stepherd/internal/kube/runs"
)

// TestRecordHeads: what the driver writes with a record is read from its metadata, for as many runs as there are in one request,
// and nothing else is taken for a record.
func TestRecordHeads(t *testing.T) {
	s := kubetest.New()
	at := metav1.NewTime(time.Now().Truncate(time.Second))
	for _, uid := range []string{"u1", "u2"} {
		r := kube.NewRecord(s.Client().CoreV1().RESTClient(), kube.RunRef{Namespace: ns, Name: "run-" + uid, UID: uid}, "iris", "holder")
		head := record.Head{Version: 1, Phase: v1alpha1.RunRunning, StartedAt: &at, StepCount: 1}
		if _, err := r.Take(t.Context(), head); err != nil {
			t.Fatal(err)
		}
		if uid == "u2" {
			head.Phase, head.Reason, head.Message, head.FinishedAt = v1alpha1.RunFailed, v1alpha1.ReasonStepFailed, "step a", &at
			if _, err := r.Save(t.Context(), record.Record{Head: head, Steps: make([]v1alpha1.StepStatus, 1)}, []int{0}); err != nil {
				t.Fatal(err)
			}
		}
	}
	foreign := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "foreign", Namespace: ns, Labels: map[string]string{
		v1alpha1.LabelManagedBy: v1alpha1.ManagedBy, v1alpha1.LabelComponent: v1alpha1.ComponentRecord, v1alpha1.LabelRunUID: "u3",
	}, Annotations: record.Head{Phase: v1alpha1.RunSucceeded}.Annotations()}}
	if _, err := s.Client().CoreV1().ConfigMaps(ns).Create(t.Context(), foreign, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	before := len(s.Requests())
	heads, err := runs.New(s.Client()).RecordHeads(t.Context(), ns)
	if err != nil || len(heads) != 2 || len(s.Requests())-before != 1 {
		t.Fatalf("got %+v, %v, by %q", heads, err, s.Requests()[before:])
	}
	if got := heads["u1"]; got.Phase != v1alpha1.RunRunning || !got.StartedAt.Equal(&at) || got.FinishedAt != nil {
		t.Errorf("u1: got %+v", got)
	}
	if got := heads["u2"]; got.Phase != v1alpha1.RunFailed || got.Reason != v1alpha1.ReasonStepFailed || got.Message != "step a" || !got.FinishedAt.Equal(&at) {
		t.Errorf("u2: got %+v", got)
	}
}

// TestListAsksForNoPlans: neither plans nor records go over the wire, and live drivers alone.
func TestListAsksForNoPlans(t *testing.T) {
	s := kubetest.New()
	var asked []string
	s.Intercept(func(r *http.Request) *http.Response {
		accept, _, _ := strings.Cut(strings.TrimPrefix(r.Header.Get("Accept"), "application/json;as="), ";")
		asked = append(asked, kubetest.Verb(r)+" "+accept+" "+r.URL.Query().Get("fieldSelector"))
		return nil
	})
	runs := runs.New(s.Client())
	if err := runs.EachJob(t.Context(), ns, nil); err != nil {
		t.Error(err)
	}
	if _, err := runs.RecordHeads(t.Context(), ns); err != nil {
		t.Error(err)
	}
	if _, err := runs.LiveDriverPods(t.Context(), ns); err != nil {
		t.Error(err)
	}
	want := "LIST jobs Table \nLIST configmaps PartialObjectMetadataList \nLIST pods application/json status.phase!=Succeeded,status.phase!=Failed"
	if got := strings.Join(asked, "\n"); got != want {
		t.Errorf("asked\n%s\nwant\n%s", got, want)
	}
}

// TestOldTable: a server whose table does not have the column that tells is named, not misread.
func TestOldTable(t *testing.T) {
	s := kubetest.New()
	s.Intercept(func(*http.Request) *http.Response {
		return kubetest.JSON(`{"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":{},"columnDefinitions":[{"name":"Name"}],"rows":[]}`)
	})
	err := runs.New(s.Client()).EachJob(t.Context(), ns, nil)
	if err == nil || !strings.Contains(err.Error(), "no column Status: Kubernetes 1.31 or later is needed") {
		t.Errorf("got %v", err)
	}
}

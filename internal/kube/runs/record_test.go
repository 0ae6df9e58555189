package runs_test

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/kube"
	"github.com/stepherd/stepherd/internal/kube/kubetest"
	"github.com/stepherd/stepherd/internal/kube/runs"
)

// putPiece writes a piece of the record of run r as a driver does.
func putPiece(t *testing.T, s *kubetest.Server, k int, owner string, change func(*corev1.ConfigMap)) {
	t.Helper()
	steps := make([]v1alpha1.StepStatus, record.StepsPerPiece)
	for i := range steps {
		steps[i] = v1alpha1.StepStatus{Name: fmt.Sprintf("s%d", k*record.StepsPerPiece+i), Phase: v1alpha1.StepSucceeded}
	}
	piece, err := record.EncodePiece(steps)
	if err != nil {
		t.Fatal(err)
	}
	m := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{
			Name:            record.Name("r", k),
			Labels:          map[string]string{v1alpha1.LabelRunUID: "uid", v1alpha1.LabelComponent: v1alpha1.ComponentRecord},
			OwnerReferences: []metav1.OwnerReference{{Kind: "Job", Name: "r", UID: types.UID(owner)}},
		},
		BinaryData: map[string][]byte{record.StepsKey: piece},
	}
	if k == 0 {
		head, err := record.EncodeHead(record.Head{Version: record.Version, Phase: v1alpha1.RunRunning, StepCount: 3 * record.StepsPerPiece})
		if err != nil {
			t.Fatal(err)
		}
		m.Data = map[string]string{record.HeadKey: string(head)}
	}
	if change != nil {
		change(m)
	}
	if _, err := s.Client().CoreV1().ConfigMaps(ns).Create(t.Context(), m, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

func TestRecord(t *testing.T) {
	setHead := func(text string) func(*corev1.ConfigMap) {
		return func(m *corev1.ConfigMap) { m.Data[record.HeadKey] = text }
	}
	for _, tc := range []struct {
		name  string
		put   func(t *testing.T, s *kubetest.Server)
		steps int // -1: there is no record
		err   string
		lists int
	}{
		{"none", func(*testing.T, *kubetest.Server) {}, -1, "", 0},
		{"of another run of that name", func(t *testing.T, s *kubetest.Server) { putPiece(t, s, 0, "other", nil) }, -1, "", 0},
		{"whole", func(t *testing.T, s *kubetest.Server) {
			for k := range 3 {
				putPiece(t, s, k, "uid", nil)
			}
		}, 3 * record.StepsPerPiece, "", 1},
		{"a piece is not there yet", func(t *testing.T, s *kubetest.Server) { putPiece(t, s, 0, "uid", nil); putPiece(t, s, 2, "uid", nil) }, 2 * record.StepsPerPiece, "", 1},
		{"a piece is another run's", func(t *testing.T, s *kubetest.Server) { putPiece(t, s, 0, "uid", nil); putPiece(t, s, 1, "other", nil) }, record.StepsPerPiece, "", 1},
		{"small, and steps that have joined are not told of yet", func(t *testing.T, s *kubetest.Server) {
			putPiece(t, s, 0, "uid", setHead(`{"version":1,"phase":"Running","stepCount":5}`))
		}, 5, "", 0},
		{"of another version", func(t *testing.T, s *kubetest.Server) { putPiece(t, s, 0, "uid", setHead(`{"version":7}`)) }, -1,
			"read the record of run r: the record has version 7", 0},
		{"without a head", func(t *testing.T, s *kubetest.Server) {
			putPiece(t, s, 0, "uid", func(m *corev1.ConfigMap) { m.Data = nil })
		}, -1, "read the record of run r: ", 0},
		{"damaged", func(t *testing.T, s *kubetest.Server) {
			putPiece(t, s, 0, "uid", func(m *corev1.ConfigMap) { m.BinaryData[record.StepsKey] = []byte("nonsense") })
		}, -1, "read the record of run r, configmap r-record: ", 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := kubetest.New()
			tc.put(t, s)
			before := len(s.Requests())
			record, err := runs.New(s.Client()).Record(t.Context(), ns, "r", "uid")
			switch {
			case tc.err != "":
				if err == nil || !strings.HasPrefix(err.Error(), tc.err) {
					t.Errorf("got %v, want %s", err, tc.err)
				}
			case err != nil || (record == nil) != (tc.steps < 0):
				t.Errorf("got %v, %v", record, err)
			case record != nil && len(record.Steps) != tc.steps:
				t.Errorf("%d steps, want %d", len(record.Steps), tc.steps)
			}
			if lists := len(s.Requests()) - before - 1; lists != tc.lists {
				t.Errorf("%d lists, want %d", lists, tc.lists)
			}
		})
	}
}

// TestRecordWithResults: a launcher looks for pieces with results where the head tells of them.
func TestRecordWithResults(t *testing.T) {
	server := kubetest.New()
	core := server.Client().CoreV1().RESTClient()
	d := kube.NewRecord(core, kube.RunRef{Namespace: ns, Name: "r", UID: "uid"}, "p", "d1")
	rec := record.Record{
		Head:  record.Head{Version: record.Version, Phase: v1alpha1.RunRunning, StepCount: 1, HasResults: true},
		Steps: []v1alpha1.StepStatus{{Name: "a", Phase: v1alpha1.StepSucceeded, Results: map[string]v1alpha1.Value{"x": v1alpha1.Value(`[1]`)}}},
	}
	if _, err := d.Take(t.Context(), rec.Head); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Save(t.Context(), rec, []int{0}); err != nil {
		t.Fatal(err)
	}
	got, err := runs.New(server.Client()).Record(t.Context(), ns, "r", "uid")
	if err != nil || string(got.Steps[0].Results["x"]) != `[1]` {
		t.Fatalf("got %+v, %v", got, err)
	}
	server.Set("configmaps", ns, "r-record-results-0", func(o map[string]any) { o["data"] = map[string]any{record.ResultsKey: "x\n"} })
	if _, err := runs.New(server.Client()).Record(t.Context(), ns, "r", "uid"); err == nil || !strings.Contains(err.Error(), "read the record of run r: results.jsonl") {
		t.Errorf("got %v", err)
	}
}

package runs

import (
	"bytes"
	"os"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/kube"
	"github.com/stepherd/stepherd/internal/kube/kubetest"
)

// TestRecordInPiecesOfVersion1IsRead reads a record of 131 steps that a driver of version 1 wrote in two pieces. The file is
// never changed: drivers that are newer must resume such a run, and launchers that are newer must show it.
func TestRecordInPiecesOfVersion1IsRead(t *testing.T) {
	server := kubetest.New()
	text, err := os.ReadFile("testdata/record/v1-two-pieces.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for document := range bytes.SplitSeq(text, []byte("---\n")) {
		if len(document) == 0 {
			continue
		}
		cm := &corev1.ConfigMap{}
		if err := yaml.UnmarshalStrict(document, cm); err != nil {
			t.Fatal(err)
		}
		if _, err := server.Client().CoreV1().ConfigMaps("ns").Create(t.Context(), cm, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	shown, err := New(server.Client()).Record(t.Context(), "ns", "run", kubetest.UID)
	if err != nil {
		t.Fatal(err)
	}
	now := metav1.Now()
	core := server.Client().CoreV1().RESTClient()
	taken, err := kube.NewRecord(core, kube.RunRef{Namespace: "ns", Name: "run", UID: kubetest.UID}, "iris", "d2").Take(t.Context(),
		record.Head{Version: record.Version, Phase: v1alpha1.RunRunning, StartedAt: &now, StepCount: 1})
	if err != nil {
		t.Fatal(err)
	}
	for reader, record := range map[string]record.Record{"launcher": *shown, "driver": taken} {
		counts := map[v1alpha1.StepPhase]int{}
		for _, step := range record.Steps {
			counts[step.Phase]++
		}
		failed := record.Steps[128]
		if record.Head.StepCount != 131 || len(record.Steps) != 131 || counts[v1alpha1.StepSucceeded] != 128 {
			t.Errorf("%s: %d steps of %d, %v", reader, len(record.Steps), record.Head.StepCount, counts)
		}
		if failed.Name != "s128" || failed.Reason != v1alpha1.ReasonError || *failed.Attempts[0].ExitCode != 3 || failed.Attempts[0].Log.Tail != "loss is nan" {
			t.Errorf("%s: the failed step is %+v", reader, failed)
		}
		if waiting := record.Steps[130]; waiting.Name != "s130" || waiting.Phase != v1alpha1.StepWaiting {
			t.Errorf("%s: the last step is %+v", reader, waiting)
		}
	}
}

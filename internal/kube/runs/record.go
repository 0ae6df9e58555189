package runs

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/kube"
	"github.com/stepherd/stepherd/internal/kube/podstatus"
)

// Record reads a run's record; nil without an error when there is none, or one that belongs to another run of that name.
// Pieces that are not there yet are passed over: the driver writes them as it gets to them.
func (r *Client) Record(ctx context.Context, namespace, run, uid string) (*record.Record, error) {
	ctx, cancel := context.WithTimeout(ctx, kube.CallTimeout)
	defer cancel()
	maps := r.client.CoreV1().ConfigMaps(namespace)
	first, err := maps.Get(ctx, record.Name(run, 0), metav1.GetOptions{})
	err = kube.Failed(err, "read the record of run %s", run)
	if kube.KindOf(err) == kube.KindNotFound || err == nil && !podstatus.OwnedBy(first, uid) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	head, err := record.DecodeHead([]byte(first.Data[record.HeadKey]))
	if err != nil {
		return nil, fmt.Errorf("read the record of run %s: %w", run, err)
	}
	pieces := map[string]*corev1.ConfigMap{first.Name: first}
	if head.StepCount > record.StepsPerPiece || head.HasResults {
		list, err := maps.List(ctx, metav1.ListOptions{LabelSelector: fmt.Sprintf("%s=%s,%s=%s",
			v1alpha1.LabelRunUID, uid, v1alpha1.LabelComponent, v1alpha1.ComponentRecord)})
		if err != nil {
			return nil, kube.Failed(err, "read the record of run %s", run)
		}
		for i := range list.Items {
			pieces[list.Items[i].Name] = &list.Items[i]
		}
	}
	return joinPieces(run, uid, head, pieces)
}

// joinPieces returns the record with the steps of all its pieces, and their results.
func joinPieces(run, uid string, head record.Head, pieces map[string]*corev1.ConfigMap) (*record.Record, error) {
	out := &record.Record{Head: head}
	for k := 0; k*record.StepsPerPiece < head.StepCount; k++ {
		name := record.Name(run, k)
		piece := pieces[name]
		if piece == nil || !podstatus.OwnedBy(piece, uid) || len(piece.BinaryData[record.StepsKey]) == 0 {
			continue
		}
		steps, err := record.DecodePiece(piece.BinaryData[record.StepsKey])
		if err != nil {
			return nil, fmt.Errorf("read the record of run %s, configmap %s: %w", run, name, err)
		}
		told := head.StepCount - k*record.StepsPerPiece // what joins the run is written before the head tells of it
		out.Steps = append(out.Steps, steps[:min(told, len(steps))]...)
	}
	return out, fillResults(run, uid, pieces, out.Steps)
}

// fillResults gives the steps their results.
func fillResults(run, uid string, pieces map[string]*corev1.ConfigMap, steps []v1alpha1.StepStatus) error {
	var texts []string
	for {
		piece := pieces[record.ResultsName(run, len(texts))]
		if piece == nil || !podstatus.OwnedBy(piece, uid) {
			break
		}
		texts = append(texts, piece.Data[record.ResultsKey])
	}
	results, err := record.DecodeResults(texts)
	if err != nil {
		return fmt.Errorf("read the record of run %s: %w", run, err)
	}
	results.Fill(steps)
	return nil
}

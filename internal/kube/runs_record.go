package kube

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// Record reads a run's record; nil without an error when there is none, or one that belongs to another run of that name.
// Pieces that are not there yet are passed over: the driver writes them as it gets to them.
func (r *Runs) Record(ctx context.Context, namespace, run, uid string) (*v1alpha1.Record, error) {
	ctx, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	maps := r.client.CoreV1().ConfigMaps(namespace)
	first, err := maps.Get(ctx, v1alpha1.RecordName(run, 0), metav1.GetOptions{})
	err = Failed(err, "read the record of run %s", run)
	if KindOf(err) == KindNotFound || err == nil && !ownedBy(first, uid) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	head, err := v1alpha1.DecodeHead([]byte(first.Data[v1alpha1.RecordHeadKey]))
	if err != nil {
		return nil, fmt.Errorf("read the record of run %s: %w", run, err)
	}
	pieces := map[string]*corev1.ConfigMap{first.Name: first}
	if head.StepCount > v1alpha1.StepsPerPiece {
		list, err := maps.List(ctx, metav1.ListOptions{LabelSelector: fmt.Sprintf("%s=%s,%s=%s",
			v1alpha1.LabelRunUID, uid, v1alpha1.LabelComponent, v1alpha1.ComponentRecord)})
		if err != nil {
			return nil, Failed(err, "read the record of run %s", run)
		}
		for i := range list.Items {
			pieces[list.Items[i].Name] = &list.Items[i]
		}
	}
	return record(run, uid, head, pieces)
}

func record(run, uid string, head v1alpha1.RecordHead, pieces map[string]*corev1.ConfigMap) (*v1alpha1.Record, error) {
	out := &v1alpha1.Record{Head: head}
	for k := 0; k*v1alpha1.StepsPerPiece < head.StepCount; k++ {
		name := v1alpha1.RecordName(run, k)
		piece := pieces[name]
		if piece == nil || !ownedBy(piece, uid) || len(piece.BinaryData[v1alpha1.RecordStepsKey]) == 0 {
			continue
		}
		steps, err := v1alpha1.DecodePiece(piece.BinaryData[v1alpha1.RecordStepsKey])
		if err != nil {
			return nil, fmt.Errorf("read the record of run %s, configmap %s: %w", run, name, err)
		}
		told := head.StepCount - k*v1alpha1.StepsPerPiece // what joins the run is written before the head tells of it
		out.Steps = append(out.Steps, steps[:min(told, len(steps))]...)
	}
	return out, nil
}

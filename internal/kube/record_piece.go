package kube

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// load gives the pieces that exist, by index.
func (r *Record) load(ctx context.Context) (map[int]*corev1.ConfigMap, error) {
	ctx, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	opts := metav1.ListOptions{LabelSelector: v1alpha1.LabelRunUID + "=" + r.run.UID}
	list := &corev1.ConfigMapList{}
	err := r.request(r.core.Get()).VersionedParams(&opts, scheme.ParameterCodec).Do(ctx).Into(list)
	if err != nil {
		return nil, Failed(err, "list the record of run %s", r.run.Name)
	}
	byName := map[string]*corev1.ConfigMap{}
	for i := range list.Items {
		if cm := &list.Items[i]; ownedBy(cm, r.run.UID) {
			byName[cm.Name] = cm
		}
	}
	pieces := map[int]*corev1.ConfigMap{}
	clear(r.versions)
	for k := 0; k <= v1alpha1.MaxSteps/v1alpha1.StepsPerPiece; k++ {
		if cm := byName[v1alpha1.RecordName(r.run.Name, k)]; cm != nil {
			pieces[k] = cm
			r.versions[k] = cm.ResourceVersion
		}
	}
	return pieces, nil
}

func (r *Record) decode(pieces map[int]*corev1.ConfigMap) (v1alpha1.Record, error) {
	head, err := v1alpha1.DecodeHead([]byte(pieces[0].Data[v1alpha1.RecordHeadKey]))
	if err != nil {
		return v1alpha1.Record{}, r.unreadable(0, err)
	}
	record := v1alpha1.Record{Head: head, Steps: make([]v1alpha1.StepStatus, head.StepCount)}
	for k := 0; k*v1alpha1.StepsPerPiece < head.StepCount; k++ {
		cm := pieces[k]
		if cm == nil || cm.BinaryData[v1alpha1.RecordStepsKey] == nil {
			continue
		}
		steps, err := v1alpha1.DecodePiece(cm.BinaryData[v1alpha1.RecordStepsKey])
		if err != nil {
			return v1alpha1.Record{}, r.unreadable(k, err)
		}
		// A piece may hold more: steps that have joined the run are written before the head tells of them, and do not count until then.
		if want := len(stepsOf(record, k)); len(steps) < want {
			return v1alpha1.Record{}, r.unreadable(k, fmt.Errorf("it holds %d steps instead of %d", len(steps), want))
		}
		copy(stepsOf(record, k), steps)
	}
	return record, nil
}

func (r *Record) unreadable(piece int, err error) error {
	return &ForeignError{Message: fmt.Sprintf("the record of run %s in configmap %s cannot be read: %v; delete the run and submit it again",
		r.run.Name, v1alpha1.RecordName(r.run.Name, piece), err)}
}

// stepsOf are the steps of piece k.
func stepsOf(r v1alpha1.Record, k int) []v1alpha1.StepStatus {
	from := min(k*v1alpha1.StepsPerPiece, len(r.Steps))
	return r.Steps[from:min(from+v1alpha1.StepsPerPiece, len(r.Steps))]
}

func (r *Record) configMap(record v1alpha1.Record, k int) (*corev1.ConfigMap, error) {
	cm := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{
		Name: v1alpha1.RecordName(r.run.Name, k), Namespace: r.run.Namespace,
		Labels: map[string]string{
			v1alpha1.LabelManagedBy: v1alpha1.ManagedBy, v1alpha1.LabelComponent: v1alpha1.ComponentRecord,
			v1alpha1.LabelPipeline: r.pipeline, v1alpha1.LabelRun: r.run.Name, v1alpha1.LabelRunUID: r.run.UID,
		},
		OwnerReferences: []metav1.OwnerReference{{
			APIVersion: "batch/v1", Kind: "Job", Name: r.run.Name, UID: types.UID(r.run.UID),
		}},
	}}
	if k == 0 {
		head, err := v1alpha1.EncodeHead(record.Head)
		if err != nil {
			return nil, err
		}
		cm.Data = map[string]string{v1alpha1.RecordHeadKey: string(head)}
		cm.Annotations = record.Head.Annotations()
	} else {
		metav1.SetMetaDataAnnotation(&cm.ObjectMeta, annotationHolder, r.holder)
	}
	if steps := stepsOf(record, k); len(steps) > 0 {
		data, err := v1alpha1.EncodePiece(steps)
		if err != nil {
			return nil, err
		}
		cm.BinaryData = map[string][]byte{v1alpha1.RecordStepsKey: data}
	}
	return cm, nil
}

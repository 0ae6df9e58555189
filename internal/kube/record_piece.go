package kube

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/kube/podstatus"
)

// load returns the pieces that exist, by name.
func (r *Record) load(ctx context.Context) (map[string]*corev1.ConfigMap, error) {
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
		if cm := &list.Items[i]; podstatus.OwnedBy(cm, r.run.UID) {
			byName[cm.Name] = cm
		}
	}
	pieces := map[string]*corev1.ConfigMap{}
	clear(r.versions)
	take := func(name string) (there bool) {
		cm := byName[name]
		if cm != nil {
			pieces[name] = cm
			r.versions[name] = cm.ResourceVersion
		}
		return cm != nil
	}
	for k := 0; k <= v1alpha1.MaxSteps/record.StepsPerPiece; k++ {
		take(r.name(k))
	}
	for k := 0; take(record.ResultsName(r.run.Name, k)); k++ {
	}
	return pieces, nil
}

// decode returns the record, and keeps its results.
func (r *Record) decode(pieces map[string]*corev1.ConfigMap) (record.Record, error) {
	head, err := record.DecodeHead([]byte(pieces[r.name(0)].Data[record.HeadKey]))
	if err != nil {
		return record.Record{}, r.unreadable(r.name(0), err)
	}
	rec := record.Record{Head: head, Steps: make([]v1alpha1.StepStatus, head.StepCount)}
	for k := 0; k*record.StepsPerPiece < head.StepCount; k++ {
		cm := pieces[r.name(k)]
		if cm == nil || cm.BinaryData[record.StepsKey] == nil {
			continue
		}
		steps, err := record.DecodePiece(cm.BinaryData[record.StepsKey])
		if err != nil {
			return record.Record{}, r.unreadable(cm.Name, err)
		}
		// A piece may hold more: steps that have joined the run are written before the head tells of them, and do not count until then.
		if want := len(stepsOf(rec, k)); len(steps) < want {
			return record.Record{}, r.unreadable(cm.Name, fmt.Errorf("it holds %d steps instead of %d", len(steps), want))
		}
		copy(stepsOf(rec, k), steps)
	}
	return rec, r.decodeResults(pieces, rec.Steps)
}

func (r *Record) unreadable(piece string, err error) error {
	return &ForeignError{Message: fmt.Sprintf("the record of run %s in configmap %s cannot be read: %v; delete the run and submit it again",
		r.run.Name, piece, err)}
}

// stepsOf are the steps of piece k.
func stepsOf(r record.Record, k int) []v1alpha1.StepStatus {
	from := min(k*record.StepsPerPiece, len(r.Steps))
	return r.Steps[from:min(from+record.StepsPerPiece, len(r.Steps))]
}

// emptyPiece is a piece of that name in which nothing is yet.
func (r *Record) emptyPiece(name string) *corev1.ConfigMap {
	cm := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{
		Name: name, Namespace: r.run.Namespace,
		Labels: map[string]string{
			v1alpha1.LabelManagedBy: v1alpha1.ManagedBy, v1alpha1.LabelComponent: v1alpha1.ComponentRecord,
			v1alpha1.LabelPipeline: r.pipeline, v1alpha1.LabelRun: r.run.Name, v1alpha1.LabelRunUID: r.run.UID,
		},
		OwnerReferences: []metav1.OwnerReference{{
			APIVersion: "batch/v1", Kind: "Job", Name: r.run.Name, UID: types.UID(r.run.UID),
		}},
	}}
	if name != r.name(0) {
		metav1.SetMetaDataAnnotation(&cm.ObjectMeta, annotationHolder, r.holder)
	}
	return cm
}

func (r *Record) configMap(rec record.Record, k int) (*corev1.ConfigMap, error) {
	cm := r.emptyPiece(r.name(k))
	if k == 0 {
		head, err := record.EncodeHead(rec.Head)
		if err != nil {
			return nil, err
		}
		cm.Data = map[string]string{record.HeadKey: string(head)}
		cm.Annotations = rec.Head.Annotations()
	}
	if steps := stepsOf(rec, k); len(steps) > 0 {
		data, err := record.EncodePiece(steps)
		if err != nil {
			return nil, err
		}
		cm.BinaryData = map[string][]byte{record.StepsKey: data}
	}
	return cm, nil
}

package kube

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/kube/podstatus"
)

// Save writes pieces of the record: first the results of their steps that the record lacks, which go into pieces of their own, and
// with piece 0 the head, which it writes last. It returns the bytes written, also with an error.
//
// Errors: *LostError, *ForeignError, or one that may pass (*Error), after which the same may be saved again.
func (r *Record) Save(ctx context.Context, rec record.Record, pieces []int) (written int, err error) {
	rec.Head.Holder = r.holder
	if written, err = r.saveResults(ctx, rec, pieces); err != nil {
		return written, err
	}
	for _, k := range headLast(pieces) {
		cm, err := r.configMap(rec, k)
		if err != nil {
			return written, err
		}
		if err := r.write(ctx, cm); err != nil {
			return written, err
		}
		written += cm.Size()
	}
	return written, nil
}

// headLast puts piece 0, which has the head, behind the others: where a verdict is, all else is, too.
func headLast(pieces []int) []int {
	out := slices.Sorted(slices.Values(pieces))
	slices.Reverse(out)
	return out
}

// Check asks the server whether this driver is the holder still. It errs as Save does; a record that was deleted is
// *Error with NotFound, and the next Save makes it anew.
func (r *Record) Check(ctx context.Context) error {
	cm, err := r.get(ctx, r.name(0))
	if err != nil {
		if KindOf(err) == KindNotFound {
			clear(r.versions)
			r.writeResultsAgain()
		}
		return err
	}
	return r.confirm(cm)
}

// confirm looks who holds the record. With ours, a version that we did not know is that of a write of ours whose
// answer was lost, or of somebody who changed what is not ours.
func (r *Record) confirm(cm *corev1.ConfigMap) error {
	if !podstatus.OwnedBy(cm, r.run.UID) {
		return r.taken(cm)
	}
	head, err := record.DecodeHead([]byte(cm.Data[record.HeadKey]))
	if err != nil {
		return r.unreadable(cm.Name, err)
	}
	if head.Holder != r.holder {
		return &LostError{Holder: head.Holder}
	}
	r.versions[cm.Name] = cm.ResourceVersion
	return nil
}

// ofFormerRun reports whether a ConfigMap was the record of another run under our name. That run's Job is gone, because there
// is one Job of a name at a time and it is ours.
func (r *Record) ofFormerRun(cm *corev1.ConfigMap) bool {
	return cm.Labels[v1alpha1.LabelManagedBy] == v1alpha1.ManagedBy && cm.Labels[v1alpha1.LabelComponent] == v1alpha1.ComponentRecord &&
		cm.Labels[v1alpha1.LabelRun] == r.run.Name && cm.Labels[v1alpha1.LabelRunUID] != r.run.UID
}

// leftBehind reports whether it is a former run's and will never be collected: that run was deleted with
// --cascade=orphan. Nothing in it is ours; it is written over.
func (r *Record) leftBehind(cm *corev1.ConfigMap) bool {
	return r.ofFormerRun(cm) && cm.DeletionTimestamp == nil && len(cm.OwnerReferences) == 0
}

// taken says whose a ConfigMap of our name is. One on its way out is waited for, and so is a former run's, which the
// garbage collector takes away after its Job.
func (r *Record) taken(cm *corev1.ConfigMap) error {
	if cm.DeletionTimestamp != nil || r.ofFormerRun(cm) {
		return &againError{fmt.Errorf("configmap %s of %s is on its way out", cm.Name, ownerOf(cm))}
	}
	return &ForeignError{Message: fmt.Sprintf(
		"configmap %s, which is to hold the record of run %s, belongs to %s: delete it, or submit the run under another name",
		cm.Name, r.run.Name, ownerOf(cm))}
}

// write creates or updates a piece, and learns its new version. What is created carries no version that would tell a driver that
// another one has the record, so that one asks before.
func (r *Record) write(ctx context.Context, cm *corev1.ConfigMap) error {
	if cm.Name != r.name(0) && r.versions[cm.Name] == "" {
		if err := r.Check(ctx); err != nil && KindOf(err) != KindNotFound {
			return err
		}
	}
	err := r.send(ctx, cm)
	switch KindOf(err) {
	case KindExists, KindConflict, KindNotFound:
		return r.reconsider(ctx, cm, err)
	default:
		return err
	}
}

func (r *Record) send(ctx context.Context, cm *corev1.ConfigMap) error {
	ctx, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	cm.ResourceVersion = r.versions[cm.Name]
	verb, request := "create", r.core.Post()
	if cm.ResourceVersion != "" {
		verb, request = "update", r.core.Put().Name(cm.Name)
	}
	out := &corev1.ConfigMap{}
	err := r.request(request).Body(cm).Do(ctx).Into(out)
	if err != nil {
		return Failed(err, "%s configmap %s", verb, cm.Name)
	}
	r.versions[cm.Name] = out.ResourceVersion
	return nil
}

// reconsider finds out why a write did not fit what is there: another driver's hand, or ours in a call whose answer was
// lost. In the latter case all is well if what is there is what was to be written; otherwise the error is one that passes.
func (r *Record) reconsider(ctx context.Context, wanted *corev1.ConfigMap, cause error) error {
	first := wanted.Name == r.name(0)
	var noHead error // then the piece itself tells who took it
	if !first {
		if noHead = r.Check(ctx); noHead != nil && KindOf(noHead) != KindNotFound {
			return noHead
		}
	}
	delete(r.versions, wanted.Name)
	cm, err := r.get(ctx, wanted.Name)
	switch {
	case KindOf(err) == KindNotFound:
		if first {
			r.writeResultsAgain()
		}
		return again(cause) // deleted by somebody: the next write creates it
	case err != nil:
		return err
	case first:
		err = r.confirm(cm)
	case !podstatus.OwnedBy(cm, r.run.UID) && !r.leftBehind(cm):
		err = r.taken(cm)
	case noHead != nil && podstatus.OwnedBy(cm, r.run.UID) && cm.Annotations[annotationHolder] != r.holder:
		err = noHead
	}
	if err != nil {
		return err
	}
	r.versions[cm.Name] = cm.ResourceVersion
	if podstatus.OwnedBy(cm, r.run.UID) && maps.Equal(cm.Data, wanted.Data) && maps.EqualFunc(cm.BinaryData, wanted.BinaryData, bytes.Equal) {
		return nil
	}
	return again(cause)
}

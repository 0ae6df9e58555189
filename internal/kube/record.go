package kube

import (
	"context"
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// annotationHolder on every piece but the first names the driver that took it, so that taking it changes its
// resourceVersion and an earlier driver's late write to it fails. The first piece has the holder in its head.
const annotationHolder = v1alpha1.Prefix + "holder"

// Record keeps the record of one run in ConfigMaps, and is the fence of its driver: it knows the resourceVersion of
// each piece, and every write carries it. It is for one goroutine at a time.
type Record struct {
	core     rest.Interface
	run      RunRef
	pipeline string
	holder   string
	// versions are the resourceVersions of the pieces that exist.
	versions map[int]string
}

// NewRecord gives the record of a run; holder is the UID of this driver's Pod, core a client's CoreV1().RESTClient().
func NewRecord(core rest.Interface, run RunRef, pipeline, holder string) *Record {
	return &Record{core: core, run: run, pipeline: pipeline, holder: holder, versions: map[int]string{}}
}

// LostError says that another driver has taken the record: this one must stop.
type LostError struct{ Holder string }

func (e *LostError) Error() string {
	return fmt.Sprintf("the record was taken by the driver pod with UID %s: this driver stops", e.Holder)
}

// Lost tells it from other errors.
func (e *LostError) Lost() bool { return true }

// ForeignError says that the record cannot be had, whatever the weather: its name is another's, or its bytes cannot be
// read.
type ForeignError struct{ Message string }

func (e *ForeignError) Error() string { return e.Message }

// Final tells it from errors that pass.
func (e *ForeignError) Final() bool { return true }

// againError says that somebody wrote in between, and that the call is to be made again. It hides the kind of the
// API's error: that the piece exists, does not, or has changed was seen to.
type againError struct{ cause error }

func (e *againError) Error() string { return e.cause.Error() + "; it is tried again" }

func again(cause error) error {
	switch KindOf(cause) {
	case KindExists, KindConflict, KindNotFound:
		return &againError{cause}
	default:
		return cause
	}
}

// Take makes this driver the holder, and gives the record as its last holder left it. A run without a record gets one
// that begins with head. A record with a verdict is given as it is, and not taken.
//
// Errors: *ForeignError, or one that may pass (*Error, or a name whose owner is on its way out).
func (r *Record) Take(ctx context.Context, head v1alpha1.RecordHead) (v1alpha1.Record, error) {
	pieces, err := r.load(ctx)
	if err != nil {
		return v1alpha1.Record{}, err
	}
	first := pieces[0]
	if first == nil {
		return v1alpha1.Record{Head: head}, r.begin(ctx, head)
	}
	record, err := r.decode(pieces)
	if err != nil || record.Head.Phase.Ended() {
		return record, err
	}
	return record, r.seize(ctx, record.Head, pieces)
}

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
	if head.StepCount < 0 || head.StepCount > v1alpha1.MaxSteps {
		return v1alpha1.Record{}, r.unreadable(0, fmt.Errorf("it is of %d steps", head.StepCount))
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
		if want := len(stepsOf(record, k)); len(steps) != want {
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

// begin makes the first record of a run.
func (r *Record) begin(ctx context.Context, head v1alpha1.RecordHead) error {
	head.Holder = r.holder
	cm, err := r.configMap(v1alpha1.Record{Head: head}, 0)
	if err != nil {
		return err
	}
	err = r.send(ctx, 0, cm)
	if KindOf(err) != KindExists {
		return err
	}
	there, getErr := r.get(ctx, 0)
	switch {
	case getErr != nil:
		return getErr
	case r.leftBehind(there):
		r.versions[0] = there.ResourceVersion
		return again(r.send(ctx, 0, cm))
	case !ownedBy(there, r.run.UID):
		return r.taken(there)
	}
	return again(err) // another driver of this run, or an earlier call of ours whose answer was lost
}

// seize writes this driver into the head and then touches the other pieces, before anything is done. Where another
// driver wrote in between, the caller takes again: the last one wins, because the Job starts a driver only when it
// believes the former to be dead.
func (r *Record) seize(ctx context.Context, head v1alpha1.RecordHead, pieces map[int]*corev1.ConfigMap) error {
	head.Holder = r.holder
	data, err := v1alpha1.EncodeHead(head)
	if err != nil {
		return err
	}
	pieces[0].Data = map[string]string{v1alpha1.RecordHeadKey: string(data)}
	for _, k := range slices.Sorted(maps.Keys(pieces)) {
		if k > 0 {
			metav1.SetMetaDataAnnotation(&pieces[k].ObjectMeta, annotationHolder, r.holder)
		}
		if err := r.send(ctx, k, pieces[k]); err != nil {
			return again(err)
		}
	}
	return nil
}

// Save writes pieces of the record, and with piece 0 the head, which it writes last. It gives the bytes written, also
// with an error.
//
// Errors: *LostError, *ForeignError, or one that may pass (*Error), after which the same may be saved again.
func (r *Record) Save(ctx context.Context, record v1alpha1.Record, pieces []int) (written int, err error) {
	record.Head.Holder = r.holder
	for _, k := range headLast(pieces) {
		cm, err := r.configMap(record, k)
		if err != nil {
			return written, err
		}
		if err := r.write(ctx, k, cm); err != nil {
			return written, err
		}
		written += cm.Size()
	}
	return written, nil
}

func headLast(pieces []int) []int {
	out := make([]int, 0, len(pieces))
	head := false
	for _, k := range pieces {
		if k == 0 {
			head = true
			continue
		}
		out = append(out, k)
	}
	if head {
		out = append(out, 0)
	}
	return out
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

// Check asks the server whether this driver is the holder still. It errs as Save does; a record that was deleted is
// *Error with NotFound, and the next Save makes it anew.
func (r *Record) Check(ctx context.Context) error {
	cm, err := r.get(ctx, 0)
	if err != nil {
		if KindOf(err) == KindNotFound {
			clear(r.versions)
		}
		return err
	}
	return r.confirm(cm)
}

// confirm looks who holds the record. With ours, a version that we did not know is that of a write of ours whose
// answer was lost, or of somebody who changed what is not ours.
func (r *Record) confirm(cm *corev1.ConfigMap) error {
	if !ownedBy(cm, r.run.UID) {
		return r.taken(cm)
	}
	head, err := v1alpha1.DecodeHead([]byte(cm.Data[v1alpha1.RecordHeadKey]))
	if err != nil {
		return r.unreadable(0, err)
	}
	if head.Holder != r.holder {
		return &LostError{Holder: head.Holder}
	}
	r.versions[0] = cm.ResourceVersion
	return nil
}

// ofFormerRun says that a ConfigMap was the record of another run under our name. That run's Job is gone, because there
// is one Job of a name at a time and it is ours.
func (r *Record) ofFormerRun(cm *corev1.ConfigMap) bool {
	return cm.Labels[v1alpha1.LabelManagedBy] == v1alpha1.ManagedBy && cm.Labels[v1alpha1.LabelComponent] == v1alpha1.ComponentRecord &&
		cm.Labels[v1alpha1.LabelRun] == r.run.Name && cm.Labels[v1alpha1.LabelRunUID] != r.run.UID
}

// leftBehind says that it is a former run's and that nobody will collect it: that run was deleted with
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

// write creates or updates a piece, and learns its new version.
func (r *Record) write(ctx context.Context, k int, cm *corev1.ConfigMap) error {
	err := r.send(ctx, k, cm)
	switch KindOf(err) {
	case KindExists, KindConflict, KindNotFound:
		return r.reconsider(ctx, k, err)
	default:
		return err
	}
}

func (r *Record) send(ctx context.Context, k int, cm *corev1.ConfigMap) error {
	ctx, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	cm.ResourceVersion = r.versions[k]
	verb, request := "create", r.core.Post()
	if cm.ResourceVersion != "" {
		verb, request = "update", r.core.Put().Name(cm.Name)
	}
	out := &corev1.ConfigMap{}
	err := r.request(request).Body(cm).Do(ctx).Into(out)
	if err != nil {
		return Failed(err, "%s configmap %s", verb, cm.Name)
	}
	r.versions[k] = out.ResourceVersion
	return nil
}

// reconsider finds out why a write did not fit what is there: another driver's hand, or ours in a call whose answer was
// lost. In the latter case the error is one that passes.
func (r *Record) reconsider(ctx context.Context, k int, cause error) error {
	if k > 0 {
		if err := r.Check(ctx); err != nil {
			return err
		}
	}
	delete(r.versions, k)
	cm, err := r.get(ctx, k)
	switch {
	case KindOf(err) == KindNotFound:
		return again(cause) // deleted by somebody: the next write creates it
	case err != nil:
		return err
	case k == 0:
		err = r.confirm(cm)
	case !ownedBy(cm, r.run.UID) && !r.leftBehind(cm):
		err = r.taken(cm)
	}
	if err != nil {
		return err
	}
	r.versions[k] = cm.ResourceVersion
	return again(cause)
}

func (r *Record) get(ctx context.Context, k int) (*corev1.ConfigMap, error) {
	ctx, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	out := &corev1.ConfigMap{}
	name := v1alpha1.RecordName(r.run.Name, k)
	err := r.request(r.core.Get().Name(name)).Do(ctx).Into(out)
	return out, Failed(err, "get configmap %s", name)
}

func (r *Record) request(q *rest.Request) *rest.Request {
	return q.Namespace(r.run.Namespace).Resource("configmaps").MaxRetries(0)
}

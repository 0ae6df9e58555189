package kube

import (
	"context"
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/kube/podstatus"
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
	// versions are the resourceVersions of the pieces that exist, by the names of their ConfigMaps.
	versions map[string]string
	// results are those that the record has or is about to have, and unsaved the pieces of them that it lacks.
	results *record.Results
	unsaved map[int]bool
}

// NewRecord gives the record of a run; holder is the UID of this driver's Pod, core a client's CoreV1().RESTClient().
func NewRecord(core rest.Interface, run RunRef, pipeline, holder string) *Record {
	return &Record{
		core: core, run: run, pipeline: pipeline, holder: holder,
		versions: map[string]string{}, results: &record.Results{}, unsaved: map[int]bool{},
	}
}

// LostError means that another driver has taken the record: this one must stop.
type LostError struct{ Holder string }

func (e *LostError) Error() string {
	return fmt.Sprintf("the record was taken by the driver pod with UID %s: this driver stops", e.Holder)
}

// Lost tells it from other errors.
func (e *LostError) Lost() bool { return true }

// ForeignError means that the record cannot be had, whatever the weather: its name is another's, or its bytes cannot be
// read.
type ForeignError struct{ Message string }

func (e *ForeignError) Error() string { return e.Message }

// Final tells it from errors that pass.
func (e *ForeignError) Final() bool { return true }

// againError means that somebody wrote in between, and that the call is to be made again. It hides the kind of the
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
func (r *Record) Take(ctx context.Context, head record.Head) (record.Record, error) {
	err := r.begin(ctx, head) // the ordinary case, and then the only call
	if KindOf(err) != KindExists {
		return record.Record{Head: head}, err
	}
	pieces, err := r.load(ctx)
	if err != nil {
		return record.Record{}, err
	}
	if pieces[r.name(0)] == nil {
		return record.Record{Head: head}, r.inherit(ctx, head)
	}
	rec, err := r.decode(pieces)
	if err != nil || rec.Head.Phase.Ended() {
		return rec, err
	}
	return rec, r.seize(ctx, rec.Head, pieces)
}

// begin makes the first record of a run.
func (r *Record) begin(ctx context.Context, head record.Head) error {
	clear(r.versions)
	r.keepResults(&record.Results{})
	return r.sendHead(ctx, head)
}

func (r *Record) sendHead(ctx context.Context, head record.Head) error {
	head.Holder = r.holder
	cm, err := r.configMap(record.Record{Head: head}, 0)
	if err != nil {
		return err
	}
	return r.send(ctx, cm)
}

// inherit takes the name of a record that is not in the run's list if nobody else has a claim to it, by writing over
// what is there, and otherwise returns who has.
func (r *Record) inherit(ctx context.Context, head record.Head) error {
	cm, err := r.get(ctx, r.name(0))
	switch {
	case err != nil:
		return again(err)
	case r.leftBehind(cm):
		r.versions[cm.Name] = cm.ResourceVersion
		return again(r.sendHead(ctx, head))
	case !podstatus.OwnedBy(cm, r.run.UID):
		return r.taken(cm)
	case cm.Labels[v1alpha1.LabelRunUID] != r.run.UID:
		return &ForeignError{Message: fmt.Sprintf("configmap %s, the record of run %s, has lost its label %s=%s: put it back",
			cm.Name, r.run.Name, v1alpha1.LabelRunUID, r.run.UID)}
	}
	return &againError{fmt.Errorf("configmap %s was made just now", cm.Name)}
}

// seize writes this driver into the head and then touches the other pieces, before anything is done. Where another
// driver wrote in between, the caller takes again: the last one wins, because the Job starts a driver only when it
// believes the former to be dead.
func (r *Record) seize(ctx context.Context, head record.Head, pieces map[string]*corev1.ConfigMap) error {
	head.Holder = r.holder
	data, err := record.EncodeHead(head)
	if err != nil {
		return err
	}
	first := pieces[r.name(0)]
	first.Data = map[string]string{record.HeadKey: string(data)}
	first.Annotations = head.Annotations()
	for _, name := range slices.Sorted(maps.Keys(pieces)) { // the first piece is first, because its name begins all others
		if pieces[name] != first {
			metav1.SetMetaDataAnnotation(&pieces[name].ObjectMeta, annotationHolder, r.holder)
		}
		if err := r.send(ctx, pieces[name]); err != nil {
			return again(err)
		}
	}
	return nil
}

// name is that of piece k.
func (r *Record) name(k int) string { return record.Name(r.run.Name, k) }

func (r *Record) get(ctx context.Context, name string) (*corev1.ConfigMap, error) {
	ctx, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	out := &corev1.ConfigMap{}
	err := r.request(r.core.Get().Name(name)).Do(ctx).Into(out)
	return out, Failed(err, "get configmap %s", name)
}

func (r *Record) request(q *rest.Request) *rest.Request {
	return q.Namespace(r.run.Namespace).Resource("configmaps").MaxRetries(0)
}

package kube

import (
	"cmp"
	"context"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// JobMark watches a run's Job for what it tells the driver: the cancel marks, when a CronJob was to start it, and its own deletion,
// which counts as a cancel, since it takes the step Pods and the driver along.
type JobMark struct {
	batch rest.Interface
	run   RunRef
}

// NewJobMark watches the Job of a run; batch is a client's BatchV1().RESTClient().
func NewJobMark(batch rest.Interface, run RunRef) *JobMark { return &JobMark{batch: batch, run: run} }

// Watch calls mark first with what is so now, and again when it has changed, until ctx is done, whose cause it gives. A cancel is
// never taken back. trouble tells of breaks.
func (j *JobMark) Watch(ctx context.Context, mark func(v1alpha1.Marks), trouble func(error, time.Duration)) error {
	var found bool
	var told *v1alpha1.Marks
	tell := func(now v1alpha1.Marks) {
		if told != nil {
			now.Cancelled, now.Deleted = now.Cancelled || told.Cancelled, now.Deleted || told.Deleted
			now.FinallyCancelled = now.FinallyCancelled || told.FinallyCancelled
			now.Grace, now.FinallyGrace = cmp.Or(now.Grace, told.Grace), cmp.Or(now.FinallyGrace, told.FinallyGrace)
		}
		if told == nil || !now.Equal(*told) {
			mark(now)
			told = &now
		}
	}
	gone := func() {
		last := v1alpha1.Marks{}
		if told != nil {
			last = *told
		}
		last.Cancelled, last.Deleted = true, true
		tell(last)
	}
	lw := ListWatch{FieldSelector: "metadata.name=" + j.run.Name, List: j.list, Watch: j.watch}
	return Run(ctx, lw, Handler[*batchv1.Job]{
		ListBegins: func() { found = false },
		Seen: func(job *batchv1.Job) {
			if string(job.UID) == j.run.UID {
				found = true
				tell(marksOf(job))
			}
		},
		ListEnds: func() {
			if !found {
				gone()
			}
		},
		Gone: func(job *batchv1.Job) {
			if string(job.UID) == j.run.UID {
				gone()
			}
		},
		Trouble: trouble,
	})
}

func marksOf(job *batchv1.Job) v1alpha1.Marks {
	m := v1alpha1.MarksOf(job.Annotations)
	m.Deleted = job.DeletionTimestamp != nil
	m.Cancelled = m.Cancelled || m.Deleted
	return m
}

func (j *JobMark) list(ctx context.Context, opts metav1.ListOptions) (runtime.Object, error) {
	out := &batchv1.JobList{}
	err := j.request(opts).Do(ctx).Into(out)
	return out, err
}

func (j *JobMark) watch(ctx context.Context, opts metav1.ListOptions) (watch.Interface, error) {
	opts.Watch = true
	return j.request(opts).Watch(ctx)
}

func (j *JobMark) request(opts metav1.ListOptions) *rest.Request {
	return j.batch.Get().Namespace(j.run.Namespace).Resource("jobs").MaxRetries(0).VersionedParams(&opts, scheme.ParameterCodec)
}

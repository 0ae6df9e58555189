package kube

import (
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

// JobMark watches a run's Job for the wish that the run should end: the cancel mark, or the Job's own deletion, which
// takes the step Pods and the driver along.
type JobMark struct {
	batch rest.Interface
	run   RunRef
}

// NewJobMark watches the Job of a run; batch is a client's BatchV1().RESTClient().
func NewJobMark(batch rest.Interface, run RunRef) *JobMark { return &JobMark{batch: batch, run: run} }

// Watch calls mark first with what is so now, and again when it becomes true or the grace is another, until ctx is done,
// whose cause it gives. trouble tells of breaks.
func (j *JobMark) Watch(ctx context.Context, mark func(cancelled bool, grace *time.Duration), trouble func(error, time.Duration)) error {
	var found, told, cancelled bool
	var given *time.Duration
	tell := func(now bool, grace *time.Duration) {
		if !told || now && !cancelled || now && grace != nil && (given == nil || *given != *grace) {
			mark(now, grace)
			told, cancelled, given = true, now, grace
		}
	}
	lw := ListWatch{FieldSelector: "metadata.name=" + j.run.Name, List: j.list, Watch: j.watch}
	return Run(ctx, lw, Handler[*batchv1.Job]{
		ListBegins: func() { found = false },
		Seen: func(job *batchv1.Job) {
			if string(job.UID) == j.run.UID {
				found = true
				tell(wantsEnd(job), v1alpha1.CancelGrace(job.Annotations))
			}
		},
		ListEnds: func() {
			if !found {
				tell(true, nil)
			}
		},
		Gone: func(job *batchv1.Job) {
			if string(job.UID) == j.run.UID {
				tell(true, nil)
			}
		},
		Trouble: trouble,
	})
}

func wantsEnd(job *batchv1.Job) bool {
	_, cancelled := job.Annotations[v1alpha1.AnnotationCancel]
	return cancelled || job.DeletionTimestamp != nil
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

package lookup

import (
	"context"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/errs"
	"github.com/stepherd/stepherd/internal/launch/client"
)

// Runs is what there is of one run. Errors of all ports are told apart by what they report of themselves.
type Runs interface {
	Job(ctx context.Context, namespace, name string) (*batchv1.Job, error)
	// Record gives nil without an error where there is none.
	Record(ctx context.Context, namespace, run, uid string) (*record.Record, error)
	// StepPods are the step Pods that exist, as attempts of their steps; a step's own fields but its name are empty.
	StepPods(ctx context.Context, namespace, uid string) ([]v1alpha1.StepStatus, error)
	DriverPods(ctx context.Context, namespace, uid string) ([]corev1.Pod, error)
	// Events are those about the object of that UID.
	Events(ctx context.Context, namespace, uid string) ([]corev1.Event, error)
}

// News is what the cluster's components tell of Pods, for an hour or so.
type News interface {
	// PodEvents are those about the Pod of that name.
	PodEvents(ctx context.Context, namespace, pod string) ([]corev1.Event, error)
	// QueueEvents are those about Workloads, by which Kueue queues Pods.
	QueueEvents(ctx context.Context, namespace string) ([]corev1.Event, error)
}

// Reader reads one run.
type Reader struct {
	Client *client.Client
	Runs   Runs
	News   News
}

// Job is the Job of a run.
func (r *Reader) Job(ctx context.Context, run string) (*batchv1.Job, error) {
	job, err := r.Runs.Job(ctx, r.Client.Namespace, run)
	switch {
	case errs.IsNotFound(err):
		return nil, r.Client.NoSuchRun(run)
	case err != nil:
		return nil, r.Client.Sentence(err)
	case !isRun(job):
		return nil, client.ClusterErrorf("job %q in namespace %q is not a run of stepherd; see: %s", run, r.Client.Namespace, r.Client.Hints.Command("list"))
	}
	return job, nil
}

// isRun reports whether a Job is a run: the labels are on every Job that submit or a CronJob makes.
func isRun(job *batchv1.Job) bool {
	return job.Labels[v1alpha1.LabelManagedBy] == v1alpha1.ManagedBy && job.Labels[v1alpha1.LabelComponent] == v1alpha1.ComponentDriver
}

// RecordIfAllowed is a run's record; nil where it cannot be had.
func (r *Reader) RecordIfAllowed(ctx context.Context, job *batchv1.Job) *record.Record {
	record, err := r.Runs.Record(ctx, r.Client.Namespace, job.Name, string(job.UID))
	if err != nil {
		return nil
	}
	return record
}

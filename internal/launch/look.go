package launch

import (
	"cmp"
	"context"
	"slices"
	"sync"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// Get is a run with all that is known of it.
func (l *Launcher) Get(ctx context.Context, run string) (v1alpha1.Run, error) {
	job, err := l.job(ctx, run)
	if err != nil {
		return v1alpha1.Run{}, err
	}
	k, err := l.know(ctx, job)
	if err != nil {
		return v1alpha1.Run{}, err
	}
	return Assemble(k), nil
}

// know gathers what is known of a run, side by side. The driver is asked after only while the run has no verdict.
func (l *Launcher) know(ctx context.Context, job *batchv1.Job) (Known, error) {
	k := Known{Job: job, Now: l.Now(), Hints: l.Hints}
	var recordErr, podsErr, driverErr error
	var wg sync.WaitGroup
	wg.Go(func() { k.Record, recordErr = l.Cluster.Record(ctx, l.Namespace, job.Name, string(job.UID)) })
	wg.Go(func() { k.StepPods, podsErr = l.Cluster.StepPods(ctx, l.Namespace, string(job.UID)) })
	wg.Go(func() { k.Drivers, k.Events, driverErr = l.driver(ctx, job) })
	wg.Wait()
	for _, err := range []error{recordErr, podsErr, driverErr} {
		if err != nil {
			return Known{}, l.sentence(err)
		}
	}
	return k, nil
}

// driver gives the driver's Pods, and the events that may explain why none of them works. A Job that is Complete has no
// such question.
func (l *Launcher) driver(ctx context.Context, job *batchv1.Job) ([]corev1.Pod, []corev1.Event, error) {
	end := jobEnd(job)
	if end != nil && end.Type == batchv1.JobComplete {
		return nil, nil, nil
	}
	pods, err := l.Cluster.DriverPods(ctx, l.Namespace, string(job.UID))
	if err != nil || end != nil || driverReady(job) {
		return pods, nil, err
	}
	events, err := l.Cluster.Events(ctx, l.Namespace, string(job.UID))
	if live, _ := drivers(pods); err == nil && live != nil {
		var more []corev1.Event
		more, err = l.Cluster.Events(ctx, l.Namespace, string(live.UID))
		events = append(events, more...)
	}
	if _, missing := missingRight(err); missing {
		return pods, nil, nil // what the Pods say is better than nothing
	}
	return pods, events, err
}

// List is every run of the namespace without its steps, oldest first.
func (l *Launcher) List(ctx context.Context) ([]v1alpha1.Run, error) {
	var runs []v1alpha1.Run
	err := l.Cluster.EachJob(ctx, l.Namespace, func(job *batchv1.Job) { runs = append(runs, Summary(job, nil)) })
	if err != nil {
		return nil, l.sentence(err)
	}
	slices.SortStableFunc(runs, func(a, b v1alpha1.Run) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt.Time), cmp.Compare(a.Metadata.Name, b.Metadata.Name))
	})
	return runs, nil
}

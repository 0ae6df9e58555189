package launch

import (
	"cmp"
	"context"
	"slices"
	"sync"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// List is every run of the namespace without its steps, oldest first.
func (l *Launcher) List(ctx context.Context) ([]v1alpha1.Run, error) {
	var runs []v1alpha1.Run
	doubts := map[int]*batchv1.Job{}
	err := l.Cluster.EachJob(ctx, l.Namespace, func(job *batchv1.Job) {
		run := Summary(job, nil)
		if doubtful(job, run) {
			doubts[len(runs)] = withoutPlan(job)
		}
		runs = append(runs, run)
	})
	if err != nil {
		return nil, l.sentence(err)
	}
	l.resolve(ctx, runs, doubts)
	if len(runs) == 0 { // a list in a namespace that does not exist is empty, too
		if exists, err := l.Cluster.NamespaceExists(ctx, l.Namespace); err == nil && !exists {
			return nil, l.noSuchNamespace()
		}
	}
	slices.SortStableFunc(runs, func(a, b v1alpha1.Run) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt.Time), cmp.Compare(a.Metadata.Name, b.Metadata.Name))
	})
	return runs, nil
}

// doubtful says that a run's Job alone does not tell how it stands: its driver seems lost, and its record may know better,
// or a driver's Pod is on its way out, and may be stuck.
func doubtful(job *batchv1.Job, run v1alpha1.Run) bool {
	terminating := job.Status.Terminating
	return run.Reason == v1alpha1.ReasonDriverLost || !run.Phase.Ended() && terminating != nil && *terminating > 0
}

// withoutPlan is a Job to keep: the plan is nearly all of its size.
func withoutPlan(job *batchv1.Job) *batchv1.Job {
	kept := *job
	kept.Spec.Template.Annotations = nil
	return kept.DeepCopy()
}

// resolve looks closer at doubtful runs, some at a time. What cannot be had leaves them as they are.
func (l *Launcher) resolve(ctx context.Context, runs []v1alpha1.Run, doubts map[int]*batchv1.Job) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, maxAsked)
	for i, job := range doubts {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			runs[i] = l.lookCloser(ctx, runs[i], job)
		})
	}
	wg.Wait()
}

func (l *Launcher) lookCloser(ctx context.Context, run v1alpha1.Run, job *batchv1.Job) v1alpha1.Run {
	if run.Phase.Ended() {
		record, err := l.Cluster.Record(ctx, l.Namespace, job.Name, string(job.UID))
		if err != nil {
			return run
		}
		return Summary(job, Known{Record: record}.head())
	}
	pods, err := l.Cluster.DriverPods(ctx, l.Namespace, string(job.UID))
	if stuck := stuckPods(pods, l.Now()); err == nil && len(stuck) > 0 {
		run.Message = explainGoing(stuck[0], Known{Job: job, Now: l.Now(), Hints: l.Hints})
	}
	return run
}

package lookup

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/errs"
	"github.com/stepherd/stepherd/internal/launch/client"
	"github.com/stepherd/stepherd/internal/launch/status"
)

// RunList is the runs of a namespace, all of them, without what is large.
type RunList interface {
	// EachJob calls each with every Job that is a run. Such a Job has its metadata and the type of the condition that ended it.
	EachJob(ctx context.Context, namespace string, each func(*batchv1.Job)) error
	// RecordHeads are those that records tell in their metadata, by the Job's UID.
	RecordHeads(ctx context.Context, namespace string) (map[string]record.Head, error)
	// LiveDriverPods are the driver Pods that have not come to their terminal phase.
	LiveDriverPods(ctx context.Context, namespace string) ([]corev1.Pod, error)
	NamespaceExists(ctx context.Context, namespace string) (bool, error)
}

// Lister reads all runs of a namespace.
type Lister struct {
	Client *client.Client
	Runs   Runs
	List   RunList
}

// All is every run of the namespace without its steps, oldest first.
func (l *Lister) All(ctx context.Context) ([]v1alpha1.Run, error) {
	all, err := l.survey(ctx)
	if err != nil {
		return nil, l.Client.Sentence(err)
	}
	l.lookCloser(ctx, all)
	runs := make([]v1alpha1.Run, len(all))
	for i := range all {
		runs[i] = status.Brief(all[i].Snapshot)
	}
	if len(runs) == 0 { // a list in a namespace that does not exist is empty, too
		if exists, err := l.List.NamespaceExists(ctx, l.Client.Namespace); err == nil && !exists {
			return nil, l.Client.NoSuchNamespace()
		}
	}
	slices.SortStableFunc(runs, func(a, b v1alpha1.Run) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt.Time), cmp.Compare(a.Metadata.Name, b.Metadata.Name))
	})
	return runs, nil
}

// listed is a run as it was found by a list.
type listed struct {
	status.Snapshot
	// blind: the user may not list records.
	blind bool
}

// survey asks for Jobs, for the heads of records and for live drivers, side by side: three lists, however many runs there are.
func (l *Lister) survey(ctx context.Context) ([]listed, error) {
	var (
		all                        []listed
		heads                      map[string]record.Head
		pods                       []corev1.Pod
		jobsErr, headsErr, podsErr error
		wg                         sync.WaitGroup
	)
	wg.Go(func() {
		jobsErr = l.List.EachJob(ctx, l.Client.Namespace, func(job *batchv1.Job) {
			all = append(all, listed{Snapshot: status.Snapshot{Job: job}})
		})
	})
	wg.Go(func() { heads, headsErr = l.List.RecordHeads(ctx, l.Client.Namespace) })
	wg.Go(func() { pods, podsErr = l.List.LiveDriverPods(ctx, l.Client.Namespace) })
	wg.Wait()
	_, blind := client.MissingRight(headsErr)
	if blind {
		headsErr = nil
	}
	if _, noPods := client.MissingRight(podsErr); noPods {
		podsErr = nil
	}
	if err := errs.Join(jobsErr, headsErr, podsErr); err != nil {
		return nil, err
	}
	if blind {
		l.Client.Note("runs are shown as their Jobs tell, because you may not list configmaps in namespace %q, where the records are", l.Client.Namespace)
	}
	byJob := podsByJob(pods)
	for i := range all {
		one := &all[i]
		uid := string(one.Job.UID)
		one.Drivers, one.Now, one.Hints, one.blind = byJob[uid], l.Client.Now(), l.Client.Hints, blind
		if head, told := heads[uid]; told {
			one.Record = &record.Record{Head: head}
		}
	}
	return all, nil
}

func podsByJob(pods []corev1.Pod) map[string][]corev1.Pod {
	byJob := map[string][]corev1.Pod{}
	for i := range pods {
		if owner := metav1.GetControllerOf(&pods[i]); owner != nil {
			byJob[string(owner.UID)] = append(byJob[string(owner.UID)], pods[i])
		}
	}
	return byJob
}

// doubtful reports whether a list does not tell how a run stands: its Job has ended without a verdict, its driver has started and
// may be of a build whose records do not tell in their metadata, or the user may not list records.
func (r *listed) doubtful() bool {
	switch ended := status.JobEnd(r.Job) != nil; {
	case r.Record != nil && r.Record.Head.Phase.Ended():
		return false
	case ended:
		return true
	case r.Record != nil:
		return false
	}
	return r.blind || status.DriverStarted(r.Drivers)
}

// lookCloser reads the Jobs and the records of doubtful runs, some at a time. What cannot be had leaves them as they are.
func (l *Lister) lookCloser(ctx context.Context, all []listed) {
	var some errgroup.Group
	some.SetLimit(MaxAsked)
	for i := range all {
		one := &all[i]
		if !one.doubtful() {
			continue
		}
		some.Go(func() error {
			if job, err := l.Runs.Job(ctx, l.Client.Namespace, one.Job.Name); err == nil && job.UID == one.Job.UID {
				one.Job = job
			}
			one.Record = l.recordOrGuess(ctx, one)
			return nil
		})
	}
	_ = some.Wait() // none fails
}

// recordOrGuess is a run's record. For want of it, a driver that is ready is taken to have begun one.
func (l *Lister) recordOrGuess(ctx context.Context, r *listed) *record.Record {
	if !r.blind {
		if record, err := l.Runs.Record(ctx, l.Client.Namespace, r.Job.Name, string(r.Job.UID)); err == nil {
			return record
		}
	}
	if status.JobEnd(r.Job) == nil && status.DriverReady(r.Job) {
		return &record.Record{Head: record.Head{Version: record.Version, Phase: v1alpha1.RunRunning}}
	}
	return r.Record
}

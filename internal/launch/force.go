package launch

import (
	"context"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

const (
	// forceDeadlineSeconds ends the Job, and with it its driver, at once: 0 is not allowed.
	forceDeadlineSeconds = 1
	// forceGrace is how long a driver that seems alive has to end the run properly before force is used, beyond the grace
	// that its step Pods were given.
	forceGrace = 10 * time.Second
	// forceLook is how long the Job's end is waited for at a time. forceLooks of them outlast a driver's Pod on a node that
	// has just died: its own grace, then goingGrace.
	forceLook  = 5 * time.Second
	forceLooks = 15
	// forcePoll is how often force looks whether step Pods are left.
	forcePoll = time.Second
	// forcePatience is how long force looks, beyond their grace, before it leaves the rest to the user.
	forcePatience = time.Minute
)

// force ends a run whether its driver helps or not, and deletes its step Pods until none is left.
func (l *Launcher) force(ctx context.Context, job *batchv1.Job, grace *time.Duration) (*batchv1.Job, error) {
	if jobEnd(job) != nil {
		stopped, err := l.stopSteps(ctx, job, grace)
		if stopped > 0 && err == nil {
			l.note("stopped %s that the driver had left", count(stopped, "step Pod"))
		}
		return job, err
	}
	job, err := l.endJob(ctx, job, grace)
	if err != nil {
		return nil, err
	}
	_, err = l.stopSteps(ctx, job, grace)
	return job, err
}

// endJob gives a driver that seems alive a moment to end the run in good order. Then it ends the Job by its deadline, so
// that no driver starts another step. The Job has not ended before its driver's Pod is gone, which on a dead node does not
// happen by itself (pkg/controller/job/job_controller.go, enactJobFinished, v1.35).
func (l *Launcher) endJob(ctx context.Context, job *batchv1.Job, grace *time.Duration) (*batchv1.Job, error) {
	if driverReady(job) {
		ended, err := l.endWithin(ctx, job, forceGrace+orZero(grace))
		if ended != nil || err != nil {
			return ended, err
		}
	}
	job, err := l.patch(ctx, job, map[string]any{
		"metadata": map[string]any{"uid": job.UID},
		"spec":     map[string]any{"activeDeadlineSeconds": forceDeadlineSeconds},
	})
	if err != nil {
		return nil, err
	}
	removed := map[types.UID]bool{}
	for range forceLooks {
		ended, err := l.endWithin(ctx, job, forceLook)
		if ended != nil || err != nil {
			return ended, err
		}
		if err := l.clearTheWay(ctx, job, grace, removed); err != nil {
			return nil, l.sentence(err)
		}
	}
	l.note("the driver of run %q does not end, though it was asked to; see: kubectl get pods -n %s -l %s=%s",
		job.Name, l.Namespace, v1alpha1.LabelJobName, job.Name)
	return job, nil
}

// clearTheWay does what need not wait for the Job's end, and what keeps the Job from it.
func (l *Launcher) clearTheWay(ctx context.Context, job *batchv1.Job, grace *time.Duration, removed map[types.UID]bool) error {
	if _, _, err := l.Cluster.StopStepPods(ctx, l.Namespace, string(job.UID), grace); err != nil {
		return err
	}
	pods, err := l.Cluster.DriverPods(ctx, l.Namespace, string(job.UID))
	if err != nil {
		return err
	}
	for _, pod := range stuckPods(pods, l.Now()) {
		if removed[pod.UID] {
			continue
		}
		if err := l.Cluster.RemovePod(ctx, l.Namespace, pod.Name, string(pod.UID)); err != nil {
			return err
		}
		removed[pod.UID] = true
		l.note("%s", removedSentence(pod))
	}
	return nil
}

// stopSteps deletes live step Pods until there is none, and gives how many there were. Those on nodes that do not answer
// are not waited for.
func (l *Launcher) stopSteps(ctx context.Context, job *batchv1.Job, grace *time.Duration) (stopped int, err error) {
	patience, cancel := context.WithTimeout(ctx, forcePatience+orZero(grace))
	defer cancel()
	for {
		live, lost, err := l.Cluster.StopStepPods(ctx, l.Namespace, string(job.UID), grace)
		stopped = max(stopped, live+lost)
		switch {
		case err != nil:
			return stopped, l.sentence(err)
		case live == 0 && lost > 0:
			l.note("the nodes of %s of run %q do not answer; what was deleted there goes when they come back or leave the cluster",
				count(lost, "step Pod"), job.Name)
			return stopped, nil
		case live == 0:
			return stopped, nil
		}
		switch err := sleep(patience, forcePoll); {
		case ctx.Err() != nil:
			return stopped, context.Cause(ctx)
		case err != nil:
			return stopped, clusterErrorf("%s of run %q did not end when deleted; see: kubectl get pods -n %s -l %s=%s",
				count(live, "step Pod"), job.Name, l.Namespace, v1alpha1.LabelRunUID, job.UID)
		}
	}
}

// endWithin waits for the Job's end and gives the ended Job, or nil when the time has passed.
func (l *Launcher) endWithin(ctx context.Context, job *batchv1.Job, d time.Duration) (*batchv1.Job, error) {
	watching, stop := context.WithTimeout(ctx, d)
	defer stop()
	var ended *batchv1.Job
	gone := false
	err := l.Cluster.WatchJob(watching, l.Namespace, job.Name, func(now *batchv1.Job) {
		switch {
		case now == nil || now.UID != job.UID:
			gone = true
			stop()
		case jobEnd(now) != nil:
			ended = now
			stop()
		}
	}, func(error) {})
	switch {
	case ended != nil:
		return ended, nil
	case gone:
		return nil, l.noSuchRun(job.Name)
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case watching.Err() != nil:
		return nil, nil
	}
	return nil, l.sentence(err)
}

func orZero(d *time.Duration) time.Duration {
	if d == nil {
		return 0
	}
	return *d
}

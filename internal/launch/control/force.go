package control

import (
	"context"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/client"
	"github.com/stepherd/stepherd/internal/launch/status"
	"github.com/stepherd/stepherd/internal/phrase"
	"github.com/stepherd/stepherd/internal/retry"
)

const (
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

// StepStopper deletes step Pods that have not ended, for runs that no driver looks after, and gives how many there were: live
// are those that may still end, lost those that are to go and whose node does not answer. A nil grace is the Pod's own.
type StepStopper interface {
	StopStepPods(ctx context.Context, namespace, uid string, grace *time.Duration) (live, lost int, err error)
}

// force ends a run whether its driver helps or not, and deletes its step Pods until none is left.
func (c *Controller) force(ctx context.Context, job *batchv1.Job, grace *time.Duration) (*batchv1.Job, error) {
	if status.JobEnd(job) != nil {
		stopped, err := c.stopSteps(ctx, job, grace)
		if stopped > 0 && err == nil {
			c.Client.Note("stopped %s that the driver had left", phrase.Count(stopped, "step Pod"))
		}
		return job, err
	}
	job, err := c.endJob(ctx, job, grace)
	if err != nil {
		return nil, err
	}
	_, err = c.stopSteps(ctx, job, grace)
	return job, err
}

// endJob gives a driver that seems alive a moment to end the run in good order. Then it ends the Job by its deadline, so
// that no driver starts another step. The Job has not ended before its driver's Pod is gone, which on a dead node does not
// happen by itself (pkg/controller/job/job_controller.go, enactJobFinished, v1.35).
func (c *Controller) endJob(ctx context.Context, job *batchv1.Job, grace *time.Duration) (*batchv1.Job, error) {
	if status.DriverReady(job) {
		ended, err := c.endWithin(ctx, job, forceGrace+orZero(grace))
		if ended != nil || err != nil {
			return ended, err
		}
	}
	job, err := c.patch(ctx, job, map[string]any{
		"metadata": map[string]any{"uid": job.UID},
		"spec":     map[string]any{"activeDeadlineSeconds": status.ForceDeadlineSeconds},
	})
	if err != nil {
		return nil, err
	}
	removed := map[types.UID]bool{}
	for range forceLooks {
		ended, err := c.endWithin(ctx, job, forceLook)
		if ended != nil || err != nil {
			return ended, err
		}
		if err := c.clearTheWay(ctx, job, grace, removed); err != nil {
			return nil, c.Client.Sentence(err)
		}
	}
	c.Client.Note("the driver of run %q does not end, though it was asked to; see: kubectl get pods -n %s -l %s=%s",
		job.Name, c.Client.Namespace, v1alpha1.LabelJobName, job.Name)
	return job, nil
}

// clearTheWay does what need not wait for the Job's end, and what keeps the Job from it.
func (c *Controller) clearTheWay(ctx context.Context, job *batchv1.Job, grace *time.Duration, removed map[types.UID]bool) error {
	if _, _, err := c.Steps.StopStepPods(ctx, c.Client.Namespace, string(job.UID), grace); err != nil {
		return err
	}
	pods, err := c.Reader.Runs.DriverPods(ctx, c.Client.Namespace, string(job.UID))
	if err != nil {
		return err
	}
	for _, pod := range status.StuckPods(pods, c.Client.Now()) {
		if removed[pod.UID] {
			continue
		}
		if err := c.Drivers.RemovePod(ctx, c.Client.Namespace, pod.Name, string(pod.UID)); err != nil {
			return err
		}
		removed[pod.UID] = true
		c.Client.Note("%s", removedSentence(pod))
	}
	return nil
}

// stopSteps deletes live step Pods until there is none, and gives how many there were. Those on nodes that do not answer
// are not waited for.
func (c *Controller) stopSteps(ctx context.Context, job *batchv1.Job, grace *time.Duration) (stopped int, err error) {
	patience, cancel := context.WithTimeout(ctx, forcePatience+orZero(grace))
	defer cancel()
	for {
		live, lost, err := c.Steps.StopStepPods(ctx, c.Client.Namespace, string(job.UID), grace)
		stopped = max(stopped, live+lost)
		switch {
		case err != nil:
			return stopped, c.Client.Sentence(err)
		case live == 0 && lost > 0:
			c.Client.Note("the nodes of %s of run %q do not answer; what was deleted there goes when they come back or leave the cluster",
				phrase.Count(lost, "step Pod"), job.Name)
			return stopped, nil
		case live == 0:
			return stopped, nil
		}
		switch err := retry.Sleep(patience, forcePoll); {
		case ctx.Err() != nil:
			return stopped, context.Cause(ctx)
		case err != nil:
			return stopped, client.ClusterErrorf("%s of run %q did not end when deleted; see: kubectl get pods -n %s -l %s=%s",
				phrase.Count(live, "step Pod"), job.Name, c.Client.Namespace, v1alpha1.LabelRunUID, job.UID)
		}
	}
}

// endWithin waits for the Job's end and gives the ended Job, or nil when the time has passed.
func (c *Controller) endWithin(ctx context.Context, job *batchv1.Job, d time.Duration) (*batchv1.Job, error) {
	watching, stop := context.WithTimeout(ctx, d)
	defer stop()
	var ended *batchv1.Job
	gone := false
	err := c.Watch.WatchJob(watching, c.Client.Namespace, job.Name, func(now *batchv1.Job) {
		switch {
		case now == nil || now.UID != job.UID:
			gone = true
			stop()
		case status.JobEnd(now) != nil:
			ended = now
			stop()
		}
	}, func(error) {})
	switch {
	case ended != nil:
		return ended, nil
	case gone:
		return nil, c.Client.NoSuchRun(job.Name)
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case watching.Err() != nil:
		return nil, nil
	}
	return nil, c.Client.Sentence(err)
}

func orZero(d *time.Duration) time.Duration {
	if d == nil {
		return 0
	}
	return *d
}

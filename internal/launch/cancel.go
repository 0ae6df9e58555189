package launch

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

const (
	// forceDeadlineSeconds ends the Job, and with it its driver, at once: 0 is not allowed.
	forceDeadlineSeconds = 1
	// forceGrace is how long a driver that seems alive has to end the run properly before force is used.
	forceGrace = 10 * time.Second
	// forcePoll is how often force looks whether step Pods are left.
	forcePoll = time.Second
	// forcePatience is how long force looks before it leaves the rest to the user.
	forcePatience = time.Minute
)

// Cancel marks the run as to be cancelled, which its driver takes up, and gives the run as it then is. asked is false of a
// run that had ended before: it is left as it is. Force ends the run also when no driver takes up the mark.
func (l *Launcher) Cancel(ctx context.Context, run string, force bool) (now v1alpha1.Run, asked bool, err error) {
	job, err := l.job(ctx, run)
	if err != nil {
		return v1alpha1.Run{}, false, err
	}
	asked = jobEnd(job) == nil
	if asked && job.Annotations[v1alpha1.AnnotationCancel] == "" {
		if job, err = l.mark(ctx, job); err != nil {
			return v1alpha1.Run{}, asked, err
		}
	}
	if force {
		// Also of a run that has ended: a driver that was lost has left its steps running.
		if job, err = l.force(ctx, job); err != nil {
			return v1alpha1.Run{}, asked, err
		}
	}
	now, err = l.summary(ctx, job)
	return now, asked, err
}

// summary is the run with the verdict that its record has, when it has ended.
func (l *Launcher) summary(ctx context.Context, job *batchv1.Job) (v1alpha1.Run, error) {
	if jobEnd(job) == nil {
		return Summary(job, nil), nil
	}
	record, err := l.Cluster.Record(ctx, l.Namespace, job.Name, string(job.UID))
	if err != nil {
		return v1alpha1.Run{}, l.sentence(err)
	}
	return Summary(job, Known{Record: record}.head()), nil
}

// mark writes the annotation that the driver watches. The UID in the patch makes it fail on another run of that name.
func (l *Launcher) mark(ctx context.Context, job *batchv1.Job) (*batchv1.Job, error) {
	return l.patch(ctx, job, map[string]any{"metadata": map[string]any{
		"uid":         job.UID,
		"annotations": map[string]string{v1alpha1.AnnotationCancel: l.Now().UTC().Format(time.RFC3339)},
	}})
}

func (l *Launcher) patch(ctx context.Context, job *batchv1.Job, patch map[string]any) (*batchv1.Job, error) {
	body, err := json.Marshal(patch)
	if err != nil {
		return nil, fmt.Errorf("make the patch of run %q: %w", job.Name, err)
	}
	patched, err := l.Cluster.PatchJob(ctx, l.Namespace, job.Name, body)
	if isNotFound(err) {
		return nil, l.noSuchRun(job.Name)
	}
	return patched, l.sentence(err)
}

// force gives a driver that seems alive a moment to end the run in good order; then it ends the Job by its deadline, so
// that no driver starts another step, and deletes the step Pods until none is left.
func (l *Launcher) force(ctx context.Context, job *batchv1.Job) (*batchv1.Job, error) {
	if jobEnd(job) != nil {
		return job, l.stopSteps(ctx, job)
	}
	if driverReady(job) {
		ended, err := l.endWithin(ctx, job, forceGrace)
		if err != nil {
			return nil, err
		}
		if ended != nil {
			return ended, l.stopSteps(ctx, ended)
		}
	}
	job, err := l.patch(ctx, job, map[string]any{
		"metadata": map[string]any{"uid": job.UID},
		"spec":     map[string]any{"activeDeadlineSeconds": forceDeadlineSeconds},
	})
	if err != nil {
		return nil, err
	}
	ended, err := l.endWithin(ctx, job, forceGrace)
	if err != nil {
		return nil, err
	}
	if ended != nil {
		job = ended
	}
	return job, l.stopSteps(ctx, job)
}

// stopSteps deletes live step Pods until there is none.
func (l *Launcher) stopSteps(ctx context.Context, job *batchv1.Job) error {
	begin := l.Now()
	for {
		live, err := l.Cluster.StopStepPods(ctx, l.Namespace, string(job.UID))
		if err != nil {
			return l.sentence(err)
		}
		if live == 0 {
			return nil
		}
		if l.Now().Sub(begin) > forcePatience {
			return clusterErrorf("%d step Pods of run %q do not end, though they were deleted; see: kubectl get pods -n %s -l %s=%s",
				live, job.Name, l.Namespace, v1alpha1.LabelRunUID, job.UID)
		}
		if err := sleep(ctx, forcePoll); err != nil {
			return err
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

// Delete removes a run with all that it owns, and says whether it had not ended: its steps are stopped.
func (l *Launcher) Delete(ctx context.Context, run string) (alive bool, err error) {
	job, err := l.job(ctx, run)
	if err != nil {
		return false, err
	}
	err = l.Cluster.DeleteJob(ctx, l.Namespace, run, string(job.UID))
	if isNotFound(err) {
		err = nil // somebody else was quicker
	}
	return jobEnd(job) == nil, l.sentence(err)
}

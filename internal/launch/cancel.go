package launch

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// CancelOptions say how a run is to be cancelled.
type CancelOptions struct {
	// Grace is how long step Pods get to end; nil leaves each its own.
	Grace *time.Duration
	// Force ends the run also when no driver takes up the mark.
	Force bool
}

// Cancel marks the run as to be cancelled, which its driver takes up, and gives the run as it then is. asked is false of a
// run that had ended before: it is left as it is. A second cancel may shorten the grace of the first.
func (l *Launcher) Cancel(ctx context.Context, run string, o CancelOptions) (now v1alpha1.Run, asked bool, err error) {
	job, err := l.job(ctx, run)
	if err != nil {
		return v1alpha1.Run{}, false, err
	}
	k := Known{Job: job, Record: l.recordIfAllowed(ctx, job)}
	asked = !k.isOver()
	if asked {
		if job, err = l.mark(ctx, job, o.Grace); err != nil {
			return v1alpha1.Run{}, asked, err
		}
	}
	if o.Force {
		// Also of a run that has ended: a driver that was lost has left its steps running.
		if job, err = l.force(ctx, job, o.Grace); err != nil {
			return v1alpha1.Run{}, asked, err
		}
	}
	now, err = l.afterCancel(ctx, job)
	return now, asked, err
}

// recordIfAllowed is a run's record; nil where it cannot be had.
func (l *Launcher) recordIfAllowed(ctx context.Context, job *batchv1.Job) *v1alpha1.Record {
	record, err := l.Cluster.Record(ctx, l.Namespace, job.Name, string(job.UID))
	if err != nil {
		return nil
	}
	return record
}

// afterCancel is the run without its steps. Whether a driver is at work is asked only where the Job leaves it open, and is an
// extra: what cannot be had is left out.
func (l *Launcher) afterCancel(ctx context.Context, job *batchv1.Job) (v1alpha1.Run, error) {
	k := Known{Job: job, Now: l.Now(), Hints: l.Hints}
	if jobEnd(job) != nil {
		record, err := l.Cluster.Record(ctx, l.Namespace, job.Name, string(job.UID))
		k.Record = record
		return brief(k), l.sentence(err)
	}
	k.Record = l.recordIfAllowed(ctx, job)
	if !driverReady(job) {
		_ = l.knowDriver(ctx, &k)
	}
	run := brief(k)
	if !run.Phase.Ended() && explainDriver(k) == "" {
		run.Message = "" // all is well: a driver takes the mark up
	}
	return run, nil
}

// mark writes those of the two annotations that the Job does not bear yet as they are wanted; the driver watches them. The
// UID in the patch makes it fail on another run of that name.
func (l *Launcher) mark(ctx context.Context, job *batchv1.Job, grace *time.Duration) (*batchv1.Job, error) {
	marks := map[string]string{}
	marked := job.Annotations[v1alpha1.AnnotationCancel] != ""
	if !marked {
		marks[v1alpha1.AnnotationCancel] = l.Now().UTC().Format(time.RFC3339)
	}
	switch was := cancelGrace(job); {
	case grace == nil:
	case marked && was != nil && *was < *grace:
		// Kubernetes, too, only ever shortens the grace of a Pod (apiserver/pkg/registry/rest/delete.go, BeforeDelete).
		l.note("run %q is being cancelled with a grace of %s already; a longer one changes nothing", job.Name, v1alpha1.Duration(*was))
	case was == nil || *was != *grace:
		marks[v1alpha1.AnnotationCancelGrace] = v1alpha1.Duration(*grace).String()
	}
	if len(marks) == 0 {
		return job, nil
	}
	return l.patch(ctx, job, map[string]any{"metadata": map[string]any{"uid": job.UID, "annotations": marks}})
}

// cancelGrace is the grace that a cancel has asked for; nil where there is none that can be read.
func cancelGrace(job *batchv1.Job) *time.Duration {
	grace, err := time.ParseDuration(job.Annotations[v1alpha1.AnnotationCancelGrace])
	if err != nil || grace < 0 {
		return nil
	}
	return &grace
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

// Delete removes a run with all that it owns, and says whether it had not ended: its steps are stopped.
func (l *Launcher) Delete(ctx context.Context, run string) (alive bool, err error) {
	job, err := l.job(ctx, run)
	if err != nil {
		return false, err
	}
	k := Known{Job: job, Record: l.recordIfAllowed(ctx, job)}
	err = l.Cluster.DeleteJob(ctx, l.Namespace, run, string(job.UID))
	if isNotFound(err) {
		err = nil // somebody else was quicker
	}
	return !k.isOver(), l.sentence(err)
}

package control

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/errs"
	"github.com/stepherd/stepherd/internal/launch/client"
	"github.com/stepherd/stepherd/internal/launch/lookup"
	"github.com/stepherd/stepherd/internal/launch/status"
)

// Jobs changes Jobs.
type Jobs interface {
	// PatchJob applies a JSON merge patch.
	PatchJob(ctx context.Context, namespace, name string, patch []byte) (*batchv1.Job, error)
	// DeleteJob deletes that very Job and, by the garbage collector, what it owns.
	DeleteJob(ctx context.Context, namespace, name, uid string) error
}

// JobWatcher tells what becomes of a Job.
type JobWatcher interface {
	// WatchJob calls seen with the Job as it is and after every change; nil means that it does not exist any more. It ends with its
	// context or when the user may not watch; every other break is ridden out and told to trouble.
	WatchJob(ctx context.Context, namespace, name string, seen func(*batchv1.Job), trouble func(error)) error
}

// Controller changes runs that exist.
type Controller struct {
	Client  *client.Client
	Reader  *lookup.Reader
	Jobs    Jobs
	Steps   StepStopper
	Drivers DriverRemover
	Watch   JobWatcher
}

// CancelOptions say how a run is to be cancelled.
type CancelOptions struct {
	// Grace is how long step Pods get to end; nil leaves each its own.
	Grace *time.Duration
	// Force ends the run also when no driver takes up the mark.
	Force bool
}

// Cancel marks the run as to be cancelled, which its driver takes up, and gives the run as it then is. asked is false of a
// run that had ended before: it is left as it is. A second cancel may shorten the grace of the first; while the steps under finally
// run it stops these, by a mark of its own.
func (c *Controller) Cancel(ctx context.Context, run string, o CancelOptions) (now v1alpha1.Run, asked bool, err error) {
	job, err := c.Reader.Job(ctx, run)
	if err != nil {
		return v1alpha1.Run{}, false, err
	}
	k := status.Snapshot{Job: job, Record: c.Reader.RecordIfAllowed(ctx, job)}
	asked = !k.IsOver()
	if asked {
		which := firstCancel
		if k.RunsFinally() {
			which = secondCancel
			c.Client.Note("run %q has begun its steps under finally; this cancel stops them", run)
		}
		if job, err = c.mark(ctx, job, which, o.Grace); err != nil {
			return v1alpha1.Run{}, asked, err
		}
	}
	if o.Force {
		// Also of a run that has ended: a driver that was lost has left its steps running.
		if job, err = c.force(ctx, job, o.Grace); err != nil {
			return v1alpha1.Run{}, asked, err
		}
	}
	now, err = c.afterCancel(ctx, job)
	return now, asked, err
}

// afterCancel is the run without its steps. Whether a driver is at work is asked only where the Job leaves it open, and is an
// extra: what cannot be had is left out.
func (c *Controller) afterCancel(ctx context.Context, job *batchv1.Job) (v1alpha1.Run, error) {
	k := status.Snapshot{Job: job, Now: c.Client.Now(), Hints: c.Client.Hints}
	if status.JobEnd(job) != nil {
		record, err := c.Reader.Runs.Record(ctx, c.Client.Namespace, job.Name, string(job.UID))
		k.Record = record
		return status.Brief(k), c.Client.Sentence(err)
	}
	k.Record = c.Reader.RecordIfAllowed(ctx, job)
	if !status.DriverReady(job) {
		_ = c.Reader.AddDriver(ctx, &k)
	}
	run := status.Brief(k)
	if !run.Phase.Ended() && status.WhyNoDriver(k) == "" {
		run.Message = "" // all is well: a driver takes the mark up
	}
	return run, nil
}

// cancelMark is a pair of annotations: that an end is asked for, and the grace.
type cancelMark struct{ mark, grace string }

var (
	firstCancel  = cancelMark{v1alpha1.AnnotationCancel, v1alpha1.AnnotationCancelGrace}
	secondCancel = cancelMark{v1alpha1.AnnotationCancelFinally, v1alpha1.AnnotationCancelFinallyGrace}
)

// mark writes those of the two annotations that the Job does not bear yet as they are wanted; the driver watches them. The
// UID in the patch makes it fail on another run of that name.
func (c *Controller) mark(ctx context.Context, job *batchv1.Job, which cancelMark, grace *time.Duration) (*batchv1.Job, error) {
	marks := map[string]string{}
	marked := job.Annotations[which.mark] != ""
	if !marked {
		marks[which.mark] = c.Client.Now().UTC().Format(time.RFC3339)
	}
	switch was := v1alpha1.GraceOf(job.Annotations[which.grace]); {
	case grace == nil:
	case marked && was != nil && *was < *grace:
		// Kubernetes, too, only ever shortens the grace of a Pod (apiserver/pkg/registry/rest/delete.go, BeforeDelete).
		c.Client.Note("run %q is being cancelled with a grace of %s already; a longer one changes nothing", job.Name, v1alpha1.Duration(*was))
	case was == nil || *was != *grace:
		marks[which.grace] = v1alpha1.Duration(*grace).String()
	}
	if len(marks) == 0 {
		return job, nil
	}
	return c.patch(ctx, job, map[string]any{"metadata": map[string]any{"uid": job.UID, "annotations": marks}})
}

func (c *Controller) patch(ctx context.Context, job *batchv1.Job, patch map[string]any) (*batchv1.Job, error) {
	body, err := json.Marshal(patch)
	if err != nil {
		return nil, fmt.Errorf("make the patch of run %q: %w", job.Name, err)
	}
	patched, err := c.Jobs.PatchJob(ctx, c.Client.Namespace, job.Name, body)
	if errs.IsNotFound(err) {
		return nil, c.Client.NoSuchRun(job.Name)
	}
	return patched, c.Client.Sentence(err)
}

// Delete deletes a run with all that it owns. alive reports whether it had not ended: its steps are stopped.
func (c *Controller) Delete(ctx context.Context, run string) (alive bool, err error) {
	job, err := c.Reader.Job(ctx, run)
	if err != nil {
		return false, err
	}
	k := status.Snapshot{Job: job, Record: c.Reader.RecordIfAllowed(ctx, job)}
	err = c.Jobs.DeleteJob(ctx, c.Client.Namespace, run, string(job.UID))
	if errs.IsNotFound(err) {
		err = nil // another user was faster
	}
	return !k.IsOver(), c.Client.Sentence(err)
}

package lookup

import (
	"context"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/errs"
	"github.com/stepherd/stepherd/internal/launch/client"
	"github.com/stepherd/stepherd/internal/launch/status"
)

// Get is a run with all that is known of it, and the last lines of the logs of steps that failed.
func (r *Reader) Get(ctx context.Context, run string) (v1alpha1.Run, map[string][]string, error) {
	job, err := r.Job(ctx, run)
	if err != nil {
		return v1alpha1.Run{}, nil, err
	}
	k, err := r.Snapshot(ctx, job)
	if err != nil {
		return v1alpha1.Run{}, nil, err
	}
	r.addStarting(ctx, &k)
	return status.Of(k), status.LastLines(k.Record), nil
}

// Snapshot reads all that is known of a run, side by side, and tells of all that could not be read. The driver is read only while
// the Job has not succeeded.
func (r *Reader) Snapshot(ctx context.Context, job *batchv1.Job) (status.Snapshot, error) {
	k := status.Snapshot{Job: job, Now: r.Client.Now(), Hints: r.Client.Hints}
	var reading errs.Group
	reading.Go(func() (err error) {
		k.Record, err = r.Runs.Record(ctx, r.Client.Namespace, job.Name, string(job.UID))
		return err
	})
	reading.Go(func() (err error) {
		k.StepPods, err = r.Runs.StepPods(ctx, r.Client.Namespace, string(job.UID))
		return err
	})
	reading.Go(func() error { return r.AddDriver(ctx, &k) })
	if err := reading.Wait(); err != nil {
		return status.Snapshot{}, r.Client.Sentence(err)
	}
	return k, nil
}

// AddDriver gathers the driver's Pods, and the events that may explain why none of them works. A Job that is Complete, and
// one whose driver runs, raise no such question.
func (r *Reader) AddDriver(ctx context.Context, k *status.Snapshot) error {
	end := status.JobEnd(k.Job)
	if end != nil && end.Type == batchv1.JobComplete {
		return nil
	}
	uids := []string{string(k.Job.UID)}
	var err error
	k.Drivers, err = r.Runs.DriverPods(ctx, r.Client.Namespace, uids[0])
	if err != nil || end != nil || status.DriverReady(k.Job) {
		return err
	}
	if live, _ := status.LiveAndLastDriver(k.Drivers); live != nil {
		uids = append(uids, string(live.UID))
	}
	for _, uid := range uids {
		events, err := r.Runs.Events(ctx, r.Client.Namespace, uid)
		if _, missing := client.MissingRight(err); missing {
			k.NoEvents = true // what the Pods say is better than nothing
			return nil
		}
		if err != nil {
			return err
		}
		k.Events = append(k.Events, events...)
	}
	return nil
}

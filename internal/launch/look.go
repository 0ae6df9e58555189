package launch

import (
	"context"
	"sync"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// Get is a run with all that is known of it, and the last lines of the logs of steps that failed.
func (r *Reader) Get(ctx context.Context, run string) (v1alpha1.Run, map[string][]string, error) {
	job, err := r.Job(ctx, run)
	if err != nil {
		return v1alpha1.Run{}, nil, err
	}
	k, err := r.know(ctx, job)
	if err != nil {
		return v1alpha1.Run{}, nil, err
	}
	r.knowStarting(ctx, &k)
	return Assemble(k), recordTails(k.Record), nil
}

// know gathers what is known of a run, side by side. The driver is asked after only while the run has no verdict.
func (r *Reader) know(ctx context.Context, job *batchv1.Job) (Known, error) {
	k := Known{Job: job, Now: r.Client.Now(), Hints: r.Client.Hints}
	var recordErr, podsErr, driversErr error
	var wg sync.WaitGroup
	wg.Go(func() { k.Record, recordErr = r.Runs.Record(ctx, r.Client.Namespace, job.Name, string(job.UID)) })
	wg.Go(func() { k.StepPods, podsErr = r.Runs.StepPods(ctx, r.Client.Namespace, string(job.UID)) })
	wg.Go(func() { driversErr = r.knowDriver(ctx, &k) })
	wg.Wait()
	for _, err := range []error{recordErr, podsErr, driversErr} {
		if err != nil {
			return Known{}, r.Client.sentence(err)
		}
	}
	return k, nil
}

// knowDriver gathers the driver's Pods, and the events that may explain why none of them works. A Job that is Complete, and
// one whose driver runs, raise no such question.
func (r *Reader) knowDriver(ctx context.Context, k *Known) error {
	end := jobEnd(k.Job)
	if end != nil && end.Type == batchv1.JobComplete {
		return nil
	}
	uids := []string{string(k.Job.UID)}
	var err error
	k.Drivers, err = r.Runs.DriverPods(ctx, r.Client.Namespace, uids[0])
	if err != nil || end != nil || driverReady(k.Job) {
		return err
	}
	if live, _ := drivers(k.Drivers); live != nil {
		uids = append(uids, string(live.UID))
	}
	for _, uid := range uids {
		events, err := r.Runs.Events(ctx, r.Client.Namespace, uid)
		if _, missing := missingRight(err); missing {
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

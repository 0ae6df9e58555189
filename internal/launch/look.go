package launch

import (
	"context"
	"sync"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// Get is a run with all that is known of it, and the last lines of the logs of steps that failed.
func (l *Launcher) Get(ctx context.Context, run string) (v1alpha1.Run, map[string][]string, error) {
	job, err := l.job(ctx, run)
	if err != nil {
		return v1alpha1.Run{}, nil, err
	}
	k, err := l.know(ctx, job)
	if err != nil {
		return v1alpha1.Run{}, nil, err
	}
	l.knowStarting(ctx, &k)
	return Assemble(k), recordTails(k.Record), nil
}

// know gathers what is known of a run, side by side. The driver is asked after only while the run has no verdict.
func (l *Launcher) know(ctx context.Context, job *batchv1.Job) (Known, error) {
	k := Known{Job: job, Now: l.Now(), Hints: l.Hints}
	var recordErr, podsErr, driversErr error
	var wg sync.WaitGroup
	wg.Go(func() { k.Record, recordErr = l.Cluster.Record(ctx, l.Namespace, job.Name, string(job.UID)) })
	wg.Go(func() { k.StepPods, podsErr = l.Cluster.StepPods(ctx, l.Namespace, string(job.UID)) })
	wg.Go(func() { driversErr = l.knowDriver(ctx, &k) })
	wg.Wait()
	for _, err := range []error{recordErr, podsErr, driversErr} {
		if err != nil {
			return Known{}, l.sentence(err)
		}
	}
	return k, nil
}

// knowDriver gathers the driver's Pods, and the events that may explain why none of them works. A Job that is Complete, and
// one whose driver runs, raise no such question.
func (l *Launcher) knowDriver(ctx context.Context, k *Known) error {
	end := jobEnd(k.Job)
	if end != nil && end.Type == batchv1.JobComplete {
		return nil
	}
	uids := []string{string(k.Job.UID)}
	var err error
	k.Drivers, err = l.Cluster.DriverPods(ctx, l.Namespace, uids[0])
	if err != nil || end != nil || driverReady(k.Job) {
		return err
	}
	if live, _ := drivers(k.Drivers); live != nil {
		uids = append(uids, string(live.UID))
	}
	for _, uid := range uids {
		events, err := l.Cluster.Events(ctx, l.Namespace, uid)
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

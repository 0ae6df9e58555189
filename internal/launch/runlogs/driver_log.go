package runlogs

import (
	"context"
	"errors"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/archive/transfer"
	"github.com/stepherd/stepherd/internal/errs"
	"github.com/stepherd/stepherd/internal/logs"
	"github.com/stepherd/stepherd/internal/logview"
)

// driverLog is what the drivers of a run have printed of its steps' logs, as far as the API serves it. It is read once, when
// it is first asked for, and kept in memory: that is one file for each Pod of the driver, which the kubelet rotates (at 10 MiB
// by default).
type driverLog struct {
	src   logs.Source
	pods  []corev1.Pod // oldest first
	began bool
	sift  logview.Demux
}

// openStores finds where logs of a run are kept.
func (v *session) openStores(ctx context.Context, run v1alpha1.Run, want transfer.Request) (stores, error) {
	archive, err := v.archive.Open(ctx, run, want)
	if err != nil {
		return stores{}, err
	}
	driver, err := v.driverStore(ctx, run)
	return stores{archive: archive, driver: driver}, err
}

// driverStore is what the run's drivers have printed by now; nil where none of their Pods is there.
func (v *session) driverStore(ctx context.Context, run v1alpha1.Run) (store, error) {
	pods, err := v.reader.Runs.DriverPods(ctx, v.client.Namespace, run.Metadata.UID)
	if err != nil {
		return nil, v.client.Sentence(err)
	}
	if len(pods) == 0 {
		return nil, nil
	}
	slices.SortFunc(pods, func(a, b corev1.Pod) int { return a.CreationTimestamp.Compare(b.CreationTimestamp.Time) })
	return &driverLog{src: v.logs, pods: pods}, nil
}

// Has cannot know before the log was read.
func (d *driverLog) Has(string, int) bool { return true }

func (d *driverLog) Read(ctx context.Context, step string, attempt int, open func(container string) logview.StoredSink) error {
	if !d.began {
		d.began = true
		for i := range d.pods {
			if err := d.readOne(ctx, &d.pods[i]); err != nil {
				return err
			}
			d.sift.EndDriver()
		}
	}
	for _, s := range d.sift.Of(step, attempt) {
		sink := open(s.Container)
		if sink == nil {
			continue
		}
		if err := s.Replay(sink); err != nil {
			return err
		}
	}
	return nil
}

// readOne reads what one driver has printed. That of one that has ended is followed to its end, so that a stream that breaks is not
// taken for one.
func (d *driverLog) readOne(ctx context.Context, pod *corev1.Pod) error {
	began, ended := driverLife(pod)
	c := logs.Container{Pod: pod.Name, Name: v1alpha1.DriverContainer, Started: began}
	read := logs.Read
	if ended {
		c.Ended, read = longAgo, logs.Follow
	}
	var lost *logs.LostError
	if err := read(ctx, d.src, c, &d.sift); err != nil && !errs.IsNotFound(err) && !errors.As(err, &lost) {
		return err
	}
	return nil
}

// driverLife is when a driver's container began, zero when unknown, and whether it has ended.
func driverLife(pod *corev1.Pod) (began time.Time, ended bool) {
	for _, c := range pod.Status.ContainerStatuses {
		switch {
		case c.Name != v1alpha1.DriverContainer:
		case c.State.Running != nil:
			return c.State.Running.StartedAt.Time, false
		case c.State.Terminated != nil:
			return c.State.Terminated.StartedAt.Time, true
		}
	}
	return time.Time{}, false
}

package launch

import (
	"context"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/archive"
	"github.com/stepherd/stepherd/internal/logs"
)

// driverLog is what the drivers of a run have printed of its steps' logs, as far as the API serves it. It is read once, when
// it is first asked for, and kept in memory: that is one file for each Pod of the driver, which the kubelet rotates (at 10 MiB
// by default).
type driverLog struct {
	src   logs.Source
	pods  []corev1.Pod // oldest first
	began bool
	sift  sift
}

// keepers finds where logs of a run are kept.
func (l *Launcher) keepers(ctx context.Context, run v1alpha1.Run, want archive.Request) (keepers, error) {
	archive, err := l.openArchive(ctx, run, want)
	if err != nil {
		return keepers{}, err
	}
	pods, err := l.Cluster.DriverPods(ctx, l.Namespace, run.Metadata.UID)
	if err != nil {
		return keepers{}, l.sentence(err)
	}
	if len(pods) == 0 {
		return keepers{archive: archive}, nil
	}
	slices.SortFunc(pods, func(a, b corev1.Pod) int { return a.CreationTimestamp.Compare(b.CreationTimestamp.Time) })
	return keepers{archive: archive, driver: &driverLog{src: l.Logs, pods: pods}}, nil
}

// has cannot know before the log was read.
func (d *driverLog) has(string, int) bool { return true }

func (d *driverLog) read(ctx context.Context, step string, attempt int, open func(container string) keptSink) error {
	if !d.began {
		d.began = true
		for i := range d.pods {
			c := logs.Container{Pod: d.pods[i].Name, Name: v1alpha1.DriverContainer, Started: driverBegan(&d.pods[i])}
			if err := logs.Read(ctx, d.src, c, &d.sift); err != nil && !logs.IsGone(err) {
				return err
			}
			d.sift.endDriver()
		}
	}
	for _, s := range d.sift.of(step, attempt) {
		sink := open(s.container)
		if sink == nil {
			continue
		}
		if err := s.replay(sink); err != nil {
			return err
		}
	}
	return nil
}

// driverBegan is when a driver's container did; zero when nobody knows.
func driverBegan(pod *corev1.Pod) time.Time {
	for _, c := range pod.Status.ContainerStatuses {
		switch {
		case c.Name != v1alpha1.DriverContainer:
		case c.State.Running != nil:
			return c.State.Running.StartedAt.Time
		case c.State.Terminated != nil:
			return c.State.Terminated.StartedAt.Time
		}
	}
	return time.Time{}
}

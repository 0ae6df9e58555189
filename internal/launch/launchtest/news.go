package launchtest

import (
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// News is what the components tell of Pods, as the ports of launch ask for it.
type News struct{ c *Cluster }

// News is the cluster's.
func (c *Cluster) News() News { return News{c} }

// PodEvents gives events.
func (f News) PodEvents(ctx context.Context, _, pod string) ([]corev1.Event, error) {
	end, err := f.c.begin(ctx, "PodEvents")
	defer end()
	return slices.Clone(f.c.PodEventsOf[pod]), err
}

// QueueEvents gives events.
func (f News) QueueEvents(ctx context.Context, _ string) ([]corev1.Event, error) {
	end, err := f.c.begin(ctx, "QueueEvents")
	defer end()
	return slices.Clone(f.c.QueueNews), err
}

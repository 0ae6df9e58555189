package launchtest

import (
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// WatchJobPods tells of a Job's Pods, those of DriverPodsOf, whenever something has changed.
func (c *Cluster) WatchJobPods(ctx context.Context, _, uid string, seen func(*corev1.Pod, bool), trouble func(error)) error {
	return c.watch(ctx, "WatchJobPods", trouble, func() func() {
		pods := slices.Clone(c.DriverPodsOf[uid])
		return func() {
			for i := range pods {
				seen(pods[i].DeepCopy(), false)
			}
		}
	})
}

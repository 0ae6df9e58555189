package launchtest

import (
	"context"

	corev1 "k8s.io/api/core/v1"
)

// Archives is what runs the Jobs that read archives.
type Archives struct{ c *Cluster }

// Archives is the cluster's.
func (c *Cluster) Archives() Archives { return Archives{c} }

// DeleteJob forgets a Job.
func (f Archives) DeleteJob(ctx context.Context, namespace, name, uid string) error {
	return f.c.Jobs().DeleteJob(ctx, namespace, name, uid)
}

// WatchJobPods tells of a Job's Pods.
func (f Archives) WatchJobPods(ctx context.Context, namespace, uid string, seen func(*corev1.Pod, bool), trouble func(error)) error {
	return f.c.Watches().WatchJobPods(ctx, namespace, uid, seen, trouble)
}

// Events gives events about an object.
func (f Archives) Events(ctx context.Context, namespace, uid string) ([]corev1.Event, error) {
	return f.c.Runs().Events(ctx, namespace, uid)
}

// PodEvents gives events about a Pod.
func (f Archives) PodEvents(ctx context.Context, namespace, pod string) ([]corev1.Event, error) {
	return f.c.News().PodEvents(ctx, namespace, pod)
}

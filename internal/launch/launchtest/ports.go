package launchtest

import (
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/launch/archiveread"
	"github.com/stepherd/stepherd/internal/launch/control"
	"github.com/stepherd/stepherd/internal/launch/follow"
	"github.com/stepherd/stepherd/internal/launch/lookup"
	"github.com/stepherd/stepherd/internal/launch/preflight"
	"github.com/stepherd/stepherd/internal/launch/submit"
)

// Ports are all that the use-cases ask of a cluster.
type Ports struct {
	Runs    lookup.Runs
	News    lookup.News
	List    lookup.RunList
	Create  submit.Jobs
	Edit    control.Jobs
	Steps   control.StepStopper
	Drivers control.DriverRemover
	Watch   follow.Watcher
	Archive archiveread.Jobs
	Server  preflight.Server
	DryRun  preflight.DryRunner
}

// PortsOf returns the ports of one value that implements them all, as the adapter of Kubernetes does.
func PortsOf[A interface {
	lookup.Runs
	lookup.News
	lookup.RunList
	submit.Jobs
	control.Jobs
	control.StepStopper
	control.DriverRemover
	follow.Watcher
	archiveread.Jobs
	preflight.Server
	preflight.DryRunner
}](a A) Ports {
	return Ports{Runs: a, News: a, List: a, Create: a, Edit: a, Steps: a, Drivers: a, Watch: a, Archive: a, Server: a, DryRun: a}
}

// Ports are those of the cluster in memory.
func (c *Cluster) Ports() Ports {
	return Ports{
		Runs: c.Runs(), News: c.News(), List: c.List(), Create: c.Jobs(), Edit: c.Jobs(), Steps: c.Pods(), Drivers: c.Pods(),
		Watch: c.Watches(), Archive: c.Archives(), Server: c.Server(), DryRun: c.DryRuns(),
	}
}

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

package launchtest

import (
	"context"
	"slices"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// Watches is what tells of changes, as the ports of launch ask for it.
type Watches struct{ c *Cluster }

// Watches is the cluster's.
func (c *Cluster) Watches() Watches { return Watches{c} }

// WatchJob tells of a Job whenever something has changed. An error of Fail that is weather is told as trouble, each
// second, until it is taken away; any other ends the watch.
func (f Watches) WatchJob(ctx context.Context, _, name string, seen func(*batchv1.Job), trouble func(error)) error {
	return f.c.watch(ctx, "WatchJob", trouble, func() func() {
		job := f.c.JobsByName[name]
		if job != nil {
			job = job.DeepCopy()
		}
		return func() { seen(job) }
	})
}

// WatchStepPods tells of all step Pods whenever something has changed.
func (f Watches) WatchStepPods(ctx context.Context, _, uid string, seen func(string, v1alpha1.AttemptStatus, bool), trouble func(error)) error {
	return f.c.watch(ctx, "WatchStepPods", trouble, func() func() {
		steps := slices.Clone(f.c.StepPodsOf[uid])
		return func() {
			for _, s := range steps {
				for _, a := range s.Attempts {
					seen(s.Name, a, false)
				}
			}
		}
	})
}

// WatchJobPods tells of a Job's Pods, those of DriverPodsOf, whenever something has changed.
func (f Watches) WatchJobPods(ctx context.Context, _, uid string, seen func(*corev1.Pod, bool), trouble func(error)) error {
	return f.c.watch(ctx, "WatchJobPods", trouble, func() func() {
		pods := slices.Clone(f.c.DriverPodsOf[uid])
		return func() {
			for i := range pods {
				seen(pods[i].DeepCopy(), false)
			}
		}
	})
}

func (c *Cluster) watch(ctx context.Context, method string, trouble func(error), look func() func()) error {
	for {
		c.mu.Lock()
		err, changed, tell := c.Fail[method], c.changed, look()
		c.mu.Unlock()
		if kindIs(err, Weather) {
			trouble(err)
			select {
			case <-ctx.Done():
				return context.Cause(ctx)
			case <-time.After(time.Second):
			}
			continue
		}
		if err != nil {
			return err
		}
		tell()
		if c.OnWatch != nil {
			c.OnWatch()
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-changed:
		}
	}
}

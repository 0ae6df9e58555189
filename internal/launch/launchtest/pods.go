package launchtest

import (
	"context"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// StopStepPods gives how many were live and ends one of them.
func (c *Cluster) StopStepPods(ctx context.Context, _, _ string, grace *time.Duration) (live, lost int, err error) {
	end, err := c.begin(ctx, "StopStepPods")
	defer end()
	call := "stop step pods"
	if grace != nil {
		call += " within " + grace.String()
	}
	c.calls = append(c.calls, call)
	live = c.LiveStepPods
	c.LiveStepPods = max(0, live-1)
	return live, c.LostStepPods, err
}

// ReleasePod takes the finalizers off a driver's Pod.
func (c *Cluster) ReleasePod(ctx context.Context, _, name, uid string) error {
	return c.changeDriver(ctx, "ReleasePod", name, uid, func(pod *corev1.Pod) bool {
		pod.Finalizers = nil
		return true
	})
}

// RemovePod takes a driver's Pod away, unless a finalizer holds it.
func (c *Cluster) RemovePod(ctx context.Context, _, name, uid string) error {
	return c.changeDriver(ctx, "RemovePod", name, uid, func(pod *corev1.Pod) bool { return len(pod.Finalizers) > 0 })
}

// changeDriver changes one driver's Pod, and drops it when change says that it does not stay.
func (c *Cluster) changeDriver(ctx context.Context, method, name, uid string, change func(*corev1.Pod) (stays bool)) error {
	end, err := c.begin(ctx, method)
	defer end()
	c.calls = append(c.calls, strings.ToLower(strings.TrimSuffix(method, "Pod"))+" pod "+name+" "+uid)
	if err != nil {
		return err
	}
	for job, pods := range c.DriverPodsOf {
		var kept []corev1.Pod
		for _, pod := range pods {
			if pod.Name != name || string(pod.UID) != uid || change(&pod) {
				kept = append(kept, pod)
			}
		}
		gone := len(kept) < len(pods)
		c.DriverPodsOf[job] = kept
		if gone && c.OnRemove != nil {
			c.OnRemove()
		}
	}
	c.wake()
	return nil
}

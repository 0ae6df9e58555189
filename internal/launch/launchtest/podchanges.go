package launchtest

import (
	"context"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// Pods is what changes Pods, as the ports of launch ask for it.
type Pods struct{ c *Cluster }

// Pods is the cluster's.
func (c *Cluster) Pods() Pods { return Pods{c} }

// StopStepPods gives how many were live and ends one of them.
func (f Pods) StopStepPods(ctx context.Context, _, _ string, grace *time.Duration) (live, lost int, err error) {
	end, err := f.c.begin(ctx, "StopStepPods")
	defer end()
	call := "stop step pods"
	if grace != nil {
		call += " within " + grace.String()
	}
	f.c.calls = append(f.c.calls, call)
	live = f.c.LiveStepPods
	f.c.LiveStepPods = max(0, live-1)
	return live, f.c.LostStepPods, err
}

// ReleasePod takes the finalizers off a driver's Pod.
func (f Pods) ReleasePod(ctx context.Context, _, name, uid string) error {
	return f.c.changeDriver(ctx, "ReleasePod", name, uid, func(pod *corev1.Pod) bool {
		pod.Finalizers = nil
		return true
	})
}

// RemovePod takes a driver's Pod away, unless a finalizer holds it.
func (f Pods) RemovePod(ctx context.Context, _, name, uid string) error {
	return f.c.changeDriver(ctx, "RemovePod", name, uid, func(pod *corev1.Pod) bool { return len(pod.Finalizers) > 0 })
}

// changeDriver changes one driver's Pod, and removes it unless change reports that it stays.
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

package runlogs

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/client"
	"github.com/stepherd/stepherd/internal/launch/status"
	"github.com/stepherd/stepherd/internal/podspec"
	"github.com/stepherd/stepherd/internal/suggest"
)

// checkContainer refuses a query for a container that none of the wanted steps has. What the cluster has put into Pods shows only
// while these are there: where one is gone, or has still to come, that is unknown.
func (w *Viewer) checkContainer(run v1alpha1.Run, k status.Snapshot, q Query) error {
	plan := status.Plan(k.Job)
	var names []string
	for i := range run.Steps {
		s := &run.Steps[i]
		if !q.wantsStep(s.Name) {
			continue
		}
		seen, whole := seenContainers(s.Name, k.StepPods)
		if !whole && (q.Follow && !run.Phase.Ended() || len(s.Attempts) > 0) {
			return nil
		}
		names = append(names, append(plannedContainers(plan, s.Name), seen...)...)
	}
	if slices.Contains(names, q.Container) {
		return nil
	}
	return noContainer(q, names)
}

// noContainer names the containers that there are.
func noContainer(q Query, names []string) error {
	slices.Sort(names)
	names = slices.Compact(names)
	there, near := strings.Join(names, ", "), suggest.DidYouMean(q.Container, names)
	if q.Step == "" {
		return client.UserErrorf("no step of run %q has a container %q; there are: %s%s", q.Run, q.Container, there, near)
	}
	return client.UserErrorf("step %q of run %q has no container %q; it has: %s%s", q.Step, q.Run, q.Container, there, near)
}

// plannedContainers are those that a step's Pod has when it is created: main, and what its podSettings add.
func plannedContainers(plan *v1alpha1.Pipeline, step string) []string {
	names := []string{v1alpha1.MainContainer}
	if plan == nil {
		return names
	}
	pod, err := podspec.StepPod(plan, step, podspec.Attempt{Number: 1}, podspec.Identity{Run: "run", RunUID: podspec.UnknownUID, Namespace: "default"})
	if err != nil {
		return names
	}
	for _, containers := range [][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for i := range containers {
			names = append(names, containers[i].Name)
		}
	}
	return names
}

// seenContainers are those of a step's Pods that have begun; whole reports whether its latest Pod is there and main has begun in
// it, so that none is missing.
func seenContainers(step string, pods []v1alpha1.StepStatus) (names []string, whole bool) {
	for _, s := range pods {
		if s.Name != step {
			continue
		}
		for _, a := range s.Attempts {
			whole = status.Begun(a)
			for _, c := range a.Others {
				names = append(names, c.Name)
			}
		}
	}
	return names, whole
}

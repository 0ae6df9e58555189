package podstatus

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/run"
)

// othersOf are the containers beside main that have begun: those whose logs there are. A native side container (an init
// container with restartPolicy Always) may begin again as long as the Pod has not ended; what its log had before then is
// not to be had (the API serves the latest instance's).
func othersOf(pod *corev1.Pod) []run.Container {
	ended := pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
	var out []run.Container
	add := func(specs []corev1.Container, statuses []corev1.ContainerStatus) {
		for i := range specs {
			if specs[i].Name == v1alpha1.MainContainer {
				continue
			}
			if c, begun := begunContainer(StatusOf(statuses, specs[i].Name)); begun {
				c.Ended = c.Ended && (ended || !restarts(&specs[i]))
				out = append(out, c)
			}
		}
	}
	add(pod.Spec.InitContainers, pod.Status.InitContainerStatuses)
	add(pod.Spec.Containers, pod.Status.ContainerStatuses)
	return out
}

func begunContainer(s corev1.ContainerStatus) (run.Container, bool) {
	c := run.Container{Name: s.Name}
	switch {
	case s.State.Running != nil:
		c.Started = real(s.State.Running.StartedAt)
	case s.State.Terminated != nil:
		t := s.State.Terminated
		c.Started, c.Finished, c.Ended = real(t.StartedAt), real(t.FinishedAt), true
	}
	return c, !c.Started.IsZero()
}

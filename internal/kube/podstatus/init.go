package podstatus

import (
	"cmp"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/run"
)

// initOf is how far the init containers are that must end before main starts.
func initOf(pod *corev1.Pod) run.Init {
	var init run.Init
	for _, s := range pod.Status.InitContainerStatuses {
		if isNativeSide(pod, s.Name) {
			continue
		}
		if r := s.State.Running; r != nil && init.Since.IsZero() {
			init.Since = real(r.StartedAt)
		}
		if t := s.State.Terminated; t != nil && t.FinishedAt.After(t.StartedAt.Time) && !real(t.StartedAt).IsZero() {
			init.Ran += t.FinishedAt.Sub(t.StartedAt.Time)
		}
	}
	return init
}

// isNativeSide reports whether an init container is one that runs beside main.
func isNativeSide(pod *corev1.Pod, name string) bool {
	for i := range pod.Spec.InitContainers {
		if c := &pod.Spec.InitContainers[i]; c.Name == name {
			return c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways
		}
	}
	return false
}

func initName(pod *corev1.Pod, name string) string {
	if isNativeSide(pod, name) {
		return "side container " + name
	}
	return "init container " + name
}

// waitingForInit names the init container for which a Pod on its node waits: one that runs, or else a native side container
// that does not come up, for which the kubelet waits as well (pkg/kubelet/kuberuntime/kuberuntime_container.go,
// computeInitContainerActions, v1.35).
func waitingForInit(pod *corev1.Pod) (string, bool) {
	for _, s := range pod.Status.InitContainerStatuses {
		if s.State.Running != nil && !isNativeSide(pod, s.Name) {
			return fmt.Sprintf("init container %s has run since %s", s.Name, clockOf(s.State.Running.StartedAt.Time)), true
		}
	}
	for _, s := range pod.Status.InitContainerStatuses {
		if !isNativeSide(pod, s.Name) {
			continue
		}
		switch w, r, t := s.State.Waiting, s.State.Running, s.State.Terminated; {
		case w != nil && w.Reason == "CrashLoopBackOff":
			return fmt.Sprintf("side container %s ends again and again%s: %s", s.Name, lastEnd(s), cmp.Or(w.Message, w.Reason)), true
		case r != nil && (s.Started == nil || !*s.Started):
			return fmt.Sprintf("side container %s has run since %s and its startup probe has not succeeded", s.Name, clockOf(r.StartedAt.Time)), true
		case t != nil:
			return fmt.Sprintf("side container %s ended with exit code %d and is started again", s.Name, t.ExitCode), true
		}
	}
	return "", false
}

// lastEnd is how a container ended that waits to be started again.
func lastEnd(s corev1.ContainerStatus) string {
	if t := s.LastTerminationState.Terminated; t != nil {
		return fmt.Sprintf(", with exit code %d%s the last time", t.ExitCode, signalOf(t.ExitCode))
	}
	return ""
}

// clockOf is a moment as a message has it that is to stay the same while it lasts.
func clockOf(t time.Time) string { return t.UTC().Format(time.RFC3339) }

package podstatus

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/run"
)

// sidesRunning are the regular containers other than main that have not ended.
func sidesRunning(pod *corev1.Pod) []string {
	var names []string
	for _, c := range pod.Spec.Containers {
		if c.Name != v1alpha1.MainContainer && StatusOf(pod.Status.ContainerStatuses, c.Name).State.Terminated == nil {
			names = append(names, c.Name)
		}
	}
	return names
}

// observeSides holds main's success back until the side containers that must succeed have done so, as the Pod's annotation names
// them. One that the Pod does not have was taken out on the way to it, and cannot have failed.
func observeSides(pod *corev1.Pod, out *run.Pod) {
	must := pod.Annotations[v1alpha1.AnnotationMustSucceed]
	if must == "" {
		return
	}
	var awaited []string
	for _, name := range strings.Split(must, ",") {
		if !slices.ContainsFunc(pod.Spec.Containers, func(c corev1.Container) bool { return c.Name == name }) {
			continue
		}
		t := StatusOf(pod.Status.ContainerStatuses, name).State.Terminated
		switch {
		case t == nil && out.Terminal:
			out.End, out.Reason, out.Message = run.EndFailed, v1alpha1.ReasonError, fmt.Sprintf("main ended with exit code 0, but its Pod ended and does not say how side container %s did", name)
			return
		case t == nil:
			awaited = append(awaited, name)
		case t.ExitCode != 0:
			out.End = run.EndFailed
			out.Reason, out.Message = endOfContainer(pod, name, t)
			out.Message = "main ended with exit code 0, but " + out.Message
			return
		}
	}
	if len(awaited) > 0 {
		out.End, out.Awaited = run.EndAwaitsSides, awaited
	}
}

// endOfContainer is how a container ended, with its name.
func endOfContainer(pod *corev1.Pod, name string, t *corev1.ContainerStateTerminated) (v1alpha1.Reason, string) {
	who := name
	if name != v1alpha1.MainContainer {
		who = "side container " + name
	}
	reason, message := reasonOfContainer(who, t)
	return reason, inItsWords(specOf(pod, name), t, message+": ", message)
}

// endsOf returns the containers with something to tell beside how main ended: side containers that failed, and those with a
// process that was killed for its memory although they ended with 0. In a Pod that is on its way out they are mostly answers
// to SIGTERM.
func endsOf(pod *corev1.Pod) []v1alpha1.ContainerEnd {
	if pod.DeletionTimestamp != nil || pod.Status.Reason != "" {
		return nil
	}
	var out []v1alpha1.ContainerEnd
	add := func(name string, t *corev1.ContainerStateTerminated) {
		reason, message := endOfContainer(pod, name, t)
		code := t.ExitCode
		out = append(out, v1alpha1.ContainerEnd{Name: name, Reason: reason, Message: OneLine(message), ExitCode: &code})
	}
	main := StatusOf(pod.Status.ContainerStatuses, v1alpha1.MainContainer).State.Terminated
	for i := range pod.Spec.Containers {
		name := pod.Spec.Containers[i].Name
		t := StatusOf(pod.Status.ContainerStatuses, name).State.Terminated
		if t != nil && (t.ExitCode == 0 && t.Reason == "OOMKilled" || t.ExitCode != 0 && name != v1alpha1.MainContainer) {
			add(name, t)
		}
	}
	for i := range pod.Spec.InitContainers {
		name := pod.Spec.InitContainers[i].Name
		if !restarts(&pod.Spec.InitContainers[i]) {
			continue
		}
		if t := failureOfNative(StatusOf(pod.Status.InitContainerStatuses, name), main); t != nil {
			add(name, t)
		}
	}
	return out
}

// failureOfNative is how a native side container failed; nil if it did not. The kubelet restarts one that ends, and ends it itself
// once main has: with SIGTERM, and with SIGKILL where that does not help.
func failureOfNative(s corev1.ContainerStatus, main *corev1.ContainerStateTerminated) *corev1.ContainerStateTerminated {
	for _, t := range []*corev1.ContainerStateTerminated{s.State.Terminated, s.LastTerminationState.Terminated} {
		if t == nil || t.ExitCode == 0 && t.Reason != "OOMKilled" {
			continue
		}
		asked := main != nil && !t.FinishedAt.Before(&main.FinishedAt) && (t.ExitCode == 143 || t.ExitCode == 137)
		if !asked || t.Reason == "OOMKilled" {
			return t
		}
	}
	return nil
}

func restarts(c *corev1.Container) bool {
	return c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways
}

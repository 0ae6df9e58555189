package podstatus

import (
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/phrase"
	"github.com/stepherd/stepherd/internal/run"
)

// Observe is what a Pod says about its attempt; false if it is no step Pod of the run with that UID. Labels alone prove
// nothing (anybody may write them, and a run of the same name may have left Pods behind): the owner must be the run's Job.
//
// It is pure, and total: what it does not know it leaves out.
func Observe(pod *corev1.Pod, runUID string) (run.Pod, bool) {
	step, attempt, ok := identify(pod, runUID)
	if !ok {
		return run.Pod{}, false
	}
	out := run.Pod{
		Step: step, Attempt: attempt,
		Name: pod.Name, UID: string(pod.UID), Node: pod.Spec.NodeName,
		Created:   pod.CreationTimestamp.Time,
		Scheduled: scheduledAt(pod),
		Terminal:  pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed,
		Deleting:  pod.DeletionTimestamp != nil, NodeSilent: nodeSilent(pod),
	}
	if out.Deleting {
		out.DeleteBy = pod.DeletionTimestamp.Time
	}
	main := StatusOf(pod.Status.ContainerStatuses, v1alpha1.MainContainer)
	switch {
	case main.State.Terminated != nil:
		t := main.State.Terminated
		out.Started, out.Finished = real(t.StartedAt), real(t.FinishedAt)
		out.ExitCode = exitCode(t)
		observeOutput(pod, t, &out)
		if !out.Terminal {
			out.SidesRunning = sidesRunning(pod)
		}
		observeEnd(pod, t, &out)
	case out.Terminal:
		observeEndWithoutMain(pod, &out)
	default:
		if r := main.State.Running; r != nil {
			out.Running, out.Started = true, real(r.StartedAt)
		}
		out.Init = initOf(pod)
		observeTrouble(pod, main, &out)
	}
	out.Message = OneLine(out.Message)
	out.Others, out.Ends = othersOf(pod), endsOf(pod)
	return out, true
}

// exitCode is how main ended; nil if that is not known. The kubelet puts 137 for a container that its runtime does not have, also
// for one that never started (pkg/kubelet/kubelet_pods.go, convertToAPIContainerStatuses, v1.35).
func exitCode(t *corev1.ContainerStateTerminated) *int32 {
	if t.Reason == "ContainerStatusUnknown" {
		return nil
	}
	code := t.ExitCode
	return &code
}

// observeOutput takes main's message for its output if main ended with 0: then no message comes from its log, nor from us. The
// containers are those among which the kubelet divides what it keeps of messages (pkg/kubelet/status/status_manager.go,
// normalizeStatus, v1.35).
func observeOutput(pod *corev1.Pod, t *corev1.ContainerStateTerminated, out *run.Pod) {
	if t.ExitCode != 0 || t.Message == "" {
		return
	}
	out.Output = t.Message
	out.Containers = len(pod.Spec.Containers) + len(pod.Spec.InitContainers) + len(pod.Spec.EphemeralContainers)
}

// identify gives the step and attempt of a Pod of ours.
func identify(pod *corev1.Pod, runUID string) (step string, attempt int, ok bool) {
	if pod.Labels[v1alpha1.LabelRunUID] != runUID || !OwnedBy(pod, runUID) {
		return "", 0, false
	}
	step = pod.Labels[v1alpha1.LabelStep]
	attempt, err := strconv.Atoi(pod.Labels[v1alpha1.LabelAttempt])
	return step, attempt, err == nil && attempt >= 1 && step != ""
}

// OwnedBy reports whether an object has an owner of that UID.
func OwnedBy(o metav1.Object, uid string) bool {
	for _, ref := range o.GetOwnerReferences() {
		if string(ref.UID) == uid {
			return true
		}
	}
	return false
}

// StatusOf returns the status of the container of that name; the zero status if there is none.
func StatusOf(all []corev1.ContainerStatus, name string) corev1.ContainerStatus {
	for _, s := range all {
		if s.Name == name {
			return s
		}
	}
	return corev1.ContainerStatus{}
}

func scheduledAt(pod *corev1.Pod) time.Time {
	if c, ok := condition(pod, corev1.PodScheduled); ok && c.Status == corev1.ConditionTrue {
		return c.LastTransitionTime.Time
	}
	return time.Time{}
}

func condition(pod *corev1.Pod, kind corev1.PodConditionType) (corev1.PodCondition, bool) {
	for _, c := range pod.Status.Conditions {
		if c.Type == kind {
			return c, true
		}
	}
	return corev1.PodCondition{}, false
}

// real is a time that happened: a container that could not be started is said to have started in 1970.
func real(t metav1.Time) time.Time {
	if t.Unix() <= 0 {
		return time.Time{}
	}
	return t.Time
}

// maxMessage keeps a message, in bytes, small enough for the record and for a line of a terminal or two.
const maxMessage = 600

// OneLine is a message as one line of bounded length.
func OneLine(s string) string {
	s = phrase.OneLine(s)
	if len(s) <= maxMessage {
		return s
	}
	return strings.ToValidUTF8(s[:maxMessage], "") + "..."
}

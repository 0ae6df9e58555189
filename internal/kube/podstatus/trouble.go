package podstatus

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/run"
)

// observeTrouble notes why a Pod whose main has not ended does not get on. A Pod that is being deleted has no trouble but
// that; why it is deleted may be known.
func observeTrouble(pod *corev1.Pod, main corev1.ContainerStatus, out *run.Pod) {
	if out.Deleting && !out.Running {
		if reason, message, said := reasonOfPod(pod); said {
			out.Reason, out.Message = reason, message // for want of an end: main may never start
		}
	}
	if out.Deleting || out.Running {
		return
	}
	if message, waits := waitingForNode(pod); waits {
		out.Waiting, out.Message, out.Queued = run.WaitingUnbounded, message, queued(pod)
		return
	}
	for _, s := range pod.Status.InitContainerStatuses {
		if w := s.State.Waiting; w != nil && troubleOfContainer(initName(pod, s.Name), image(pod, s), *w, out) {
			return
		}
	}
	if w := main.State.Waiting; w != nil && troubleOfContainer(v1alpha1.MainContainer, image(pod, main), *w, out) {
		return
	}
	if message, waits := waitingForInit(pod); waits && !startedOnce(main) {
		out.Waiting, out.Message = run.WaitingUnbounded, message
	}
}

func startedOnce(main corev1.ContainerStatus) bool {
	return main.State.Running != nil || main.State.Terminated != nil
}

// waitingForNode returns why the Pod has no node yet, if that is known. Between the choice of a node and the binding the
// scheduler waits without a condition, for volumes up to 10 minutes (bindingCycle, pkg/scheduler/schedule_one.go, v1.35;
// earlier ones do not write the node either).
func waitingForNode(pod *corev1.Pod) (string, bool) {
	c, told := condition(pod, corev1.PodScheduled)
	switch chosen := pod.Status.NominatedNodeName; {
	case told && c.Status == corev1.ConditionFalse:
		return unscheduled(pod, c), true
	case !told && chosen != "" && pod.Spec.NodeName == "":
		return fmt.Sprintf("node %s is chosen for it, but its volumes or devices are not there yet", chosen), true
	}
	return "", false
}

func unscheduled(pod *corev1.Pod, c corev1.PodCondition) string {
	switch c.Reason {
	case corev1.PodReasonSchedulingGated:
		return heldBack(pod, c.Message)
	case corev1.PodReasonUnschedulable:
		return "no node takes it: " + orElse(c.Message, c.Reason)
	}
	return orElse(c.Message, orElse(c.Reason, "no node takes it"))
}

// image is the image as the user wrote it; the status has it as the runtime resolved it, or not at all.
func image(pod *corev1.Pod, s corev1.ContainerStatus) string {
	return orElse(specOf(pod, s.Name).Image, s.Image)
}

// troubleOfContainer reads why a container waits; false if it only takes its time. The reasons are those of
// pkg/kubelet/images/types.go and pkg/kubelet/kuberuntime/kuberuntime_container.go, v1.35.
func troubleOfContainer(name, image string, w corev1.ContainerStateWaiting, out *run.Pod) bool {
	trouble := func(t run.Waiting, r v1alpha1.Reason, format string, args ...any) bool {
		out.Waiting, out.Reason, out.Message = t, r, fmt.Sprintf(format, args...)
		return true
	}
	message := orElse(w.Message, w.Reason)
	switch w.Reason {
	case "ErrImagePull", "ImagePullBackOff", "RegistryUnavailable", "SignatureValidationFailed", "ImageInspectError":
		out.Pull = pullOf(w)
		return trouble(run.WaitingGrace, v1alpha1.ReasonImagePull, "image %s of %s cannot be pulled: %s", image, name, pullWords(message))
	case "InvalidImageName":
		return trouble(run.WaitingFinal, v1alpha1.ReasonConfigError, "image %s of %s has no valid name: %s", image, name, message)
	case "ErrImageNeverPull":
		return trouble(run.WaitingGrace, v1alpha1.ReasonConfigError,
			"image %s of %s is not on the node and imagePullPolicy is Never: put it there or change the policy", image, name)
	case "CreateContainerConfigError":
		if sentence, ok := runsAsRoot(image, message); ok {
			return trouble(run.WaitingFinal, v1alpha1.ReasonConfigError, "%s", sentence)
		}
		return trouble(run.WaitingGrace, v1alpha1.ReasonConfigError, "%s cannot be configured: %s", name, message)
	case "CreateContainerError", "PreCreateHookError":
		if interrupted(message) {
			return trouble(run.WaitingUnbounded, "", "%s is not created yet: %s", name, message)
		}
		return trouble(run.WaitingGrace, v1alpha1.ReasonConfigError, "%s cannot be created: %s", name, message)
	case "RunContainerError", "PreStartHookError", "PostStartHookError", "StartError":
		if interrupted(message) {
			return trouble(run.WaitingUnbounded, "", "%s is not started yet: %s", name, message)
		}
		return trouble(run.WaitingGrace, v1alpha1.ReasonStartFailed, "%s cannot be started: %s", name, message)
	}
	return false
}

// runsAsRoot explains the refusals of runAsNonRoot (pkg/kubelet/kuberuntime/security_context_others.go, v1.35), which no
// waiting heals.
func runsAsRoot(image, message string) (string, bool) {
	const remedy = ": write podSettings: {securityContext: {runAsUser: 1000}}, build the image with a numeric USER, or choose security: baseline"
	switch {
	case strings.Contains(message, "image will run as root"):
		return "image " + image + " runs as root, which runAsNonRoot (security: restricted) forbids" + remedy, true
	case strings.Contains(message, "image has non-numeric user"):
		return "image " + image + " has a user that is not a number, so Kubernetes cannot tell that it is not root" + remedy, true
	case strings.Contains(message, "breaks non-root policy"):
		return "podSettings asks for runAsNonRoot and for runAsUser 0 at once: take one of them away", true
	}
	return "", false
}

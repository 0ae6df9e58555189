package podstatus

import (
	"fmt"
	"strings"
	"syscall"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/run"
)

// observeEnd classifies a Pod whose main has ended.
//
// Exit 0 is a success at once, whatever the phase, if nothing speaks against it: the kubelet reports the phase 1 to 1.5 s
// later. Anything else is final only with the Pod's terminal phase, or when the Pod itself names the reason, because
// until then the kubelet withholds phase, status.reason and DisruptionTarget (pkg/kubelet/status/status_manager.go,
// mergePodStatus, v1.35): a container killed by an eviction looks like one that failed.
func observeEnd(pod *corev1.Pod, t *corev1.ContainerStateTerminated, out *run.Pod) {
	reason, message, said := reasonOfPod(pod)
	if t.ExitCode == 0 && !said && succeeded(pod) {
		out.End = run.EndSucceeded
		observeSides(pod, out)
		return
	}
	out.End = run.EndUnclear
	if said || out.Terminal {
		out.End = run.EndFailed
	}
	switch {
	case said:
		out.Reason, out.Message = reason, message
	case out.Deleting:
		out.Reason, out.Message = v1alpha1.ReasonDeleted, "its Pod was deleted"
	default:
		out.Reason, out.Message = reasonOfContainer(v1alpha1.MainContainer, t)
		out.Message = inItsWords(specOf(pod, v1alpha1.MainContainer), t, "", out.Message)
	}
}

// succeeded reports whether main's exit 0 is a success. On a Pod that is being deleted it may be the answer to SIGTERM. A
// Pod Failed without a reason has another container that failed: main decides.
func succeeded(pod *corev1.Pod) bool {
	if pod.DeletionTimestamp != nil {
		return false
	}
	return pod.Status.Phase != corev1.PodFailed || anotherFailed(pod)
}

func anotherFailed(pod *corev1.Pod) bool {
	for _, all := range [][]corev1.ContainerStatus{pod.Status.ContainerStatuses, pod.Status.InitContainerStatuses} {
		for _, s := range all {
			if s.Name != v1alpha1.MainContainer && s.State.Terminated != nil && s.State.Terminated.ExitCode != 0 {
				return true
			}
		}
	}
	return false
}

// observeEndWithoutMain classifies a Pod that is at its end without main having ended: main never started, or its node
// went away with it.
func observeEndWithoutMain(pod *corev1.Pod, out *run.Pod) {
	out.End = run.EndFailed
	if reason, message, said := reasonOfPod(pod); said {
		out.Reason, out.Message = reason, message
		return
	}
	for _, s := range pod.Status.InitContainerStatuses {
		if t := s.State.Terminated; t != nil && t.ExitCode != 0 {
			out.Reason, out.Message = reasonOfContainer("init container "+s.Name, t)
			out.Message = inItsWords(specOf(pod, s.Name), t, out.Message+": ", out.Message)
			return
		}
	}
	if out.Deleting {
		out.Reason, out.Message = v1alpha1.ReasonDeleted, "its Pod was deleted"
		return
	}
	out.Reason = v1alpha1.ReasonError
	out.Message = fmt.Sprintf("its Pod ended with phase %s before %s did: %s",
		pod.Status.Phase, v1alpha1.MainContainer, orElse(pod.Status.Message, "the kubelet gave no reason"))
}

// reasonOfPod is the reason that the Pod itself gives for its end, if it gives one. A component that disrupts a Pod sets
// the condition DisruptionTarget before it deletes or fails it; the kubelet's own reason is more exact.
func reasonOfPod(pod *corev1.Pod) (v1alpha1.Reason, string, bool) {
	if pod.Status.Reason != "" {
		reason, message := reasonOfStatus(pod)
		return reason, message, true
	}
	if c, ok := condition(pod, corev1.DisruptionTarget); ok && c.Status == corev1.ConditionTrue {
		return reasonOfDisruption(c.Reason), orElse(c.Message, c.Reason), true
	}
	if c, ok := condition(pod, terminationTarget); ok && c.Status == corev1.ConditionTrue {
		return reasonOfTermination(c.Reason), orElse(c.Message, c.Reason), true
	}
	return "", "", false
}

// terminationTarget is the condition by which Kueue says, before it deletes a Pod, that its Workload is evicted, and why
// (Kueue, pkg/controller/jobs/pod/pod_controller.go).
const terminationTarget corev1.PodConditionType = "TerminationTarget"

// reasonOfTermination reads the reason of that condition: Workload, and the eviction's.
func reasonOfTermination(reason string) v1alpha1.Reason {
	if strings.HasSuffix(reason, "Preempted") {
		return v1alpha1.ReasonPreempted
	}
	return v1alpha1.ReasonEvicted
}

// reasonOfStatus reads status.reason, which the kubelet sets, and the node controller on a Pod whose node is lost.
func reasonOfStatus(pod *corev1.Pod) (v1alpha1.Reason, string) {
	message := orElse(pod.Status.Message, pod.Status.Reason)
	switch pod.Status.Reason {
	case "DeadlineExceeded": // activeDeadlineSeconds, pkg/kubelet/active_deadline.go
		return v1alpha1.ReasonTimeout, message
	case "Evicted": // node pressure, pkg/kubelet/eviction
		return v1alpha1.ReasonEvicted, message
	case "Preempting": // for a critical Pod, pkg/kubelet/preemption
		return v1alpha1.ReasonPreempted, message
	case "NodeLost": // pkg/util/node, set by the node controller
		return v1alpha1.ReasonNodeLost, message
	case "Terminated", "NodeShutdown": // pkg/kubelet/nodeshutdown
		return v1alpha1.ReasonEvicted, message
	}
	if StatusOf(pod.Status.ContainerStatuses, v1alpha1.MainContainer).State.Terminated != nil {
		return v1alpha1.ReasonError, pod.Status.Reason + ": " + message
	}
	// The kubelet refused it (OutOfcpu, NodeAffinity, UnexpectedAdmissionError, ..., rejectPod in pkg/kubelet/kubelet.go):
	// another node may take it.
	return v1alpha1.ReasonEvicted, pod.Status.Reason + ": " + message
}

// reasonOfDisruption reads the reason of the condition DisruptionTarget.
func reasonOfDisruption(reason string) v1alpha1.Reason {
	switch reason {
	case corev1.PodReasonPreemptionByScheduler:
		return v1alpha1.ReasonPreempted
	case "DeletionByPodGC", // the node object is gone, pkg/controller/podgc
		byTaintManager:
		return v1alpha1.ReasonNodeLost
	}
	// EvictionByEvictionAPI, TerminationByKubelet, DeletionByDeviceTaintManager, and what is to come.
	return v1alpha1.ReasonEvicted
}

// reasonOfContainer reads how a container ended, for want of a reason given by its Pod.
func reasonOfContainer(name string, t *corev1.ContainerStateTerminated) (v1alpha1.Reason, string) {
	switch t.Reason {
	case "OOMKilled":
		return v1alpha1.ReasonOOMKilled, outOfMemory(name, t.ExitCode)
	case "StartError", "ContainerCannotRun", "RunContainerError":
		if interrupted(t.Message) {
			return v1alpha1.ReasonNodeLost, name + " was not started, because the kubelet of its node was restarted or is too busy: " + t.Message
		}
		return v1alpha1.ReasonStartFailed, name + " could not be started: " + orElse(t.Message, t.Reason)
	case "ContainerStatusUnknown", // the runtime does not know it any more
		"Unknown": // containerd does not know how it ended; both because its node was restarted
		return v1alpha1.ReasonNodeLost, orElse(t.Message, name+" was lost with its node")
	}
	if t.ExitCode == 0 {
		return v1alpha1.ReasonError, name + " ended with exit code 0, but its Pod is Failed and nobody says why"
	}
	return v1alpha1.ReasonError, fmt.Sprintf("%s ended with exit code %d%s", name, t.ExitCode, signalOf(t.ExitCode))
}

// outOfMemory tells a container that was killed from one that outlived a process of its own: on cgroup v1 the kernel kills
// but one, and containerd says OOMKilled of the container all the same.
func outOfMemory(name string, code int32) string {
	if code == 128+int32(syscall.SIGKILL) {
		return name + " was killed for using more memory than its limit"
	}
	return fmt.Sprintf("%s ended with exit code %d after a process of it was killed for using more memory than its limit", name, code)
}

// signalOf explains the exit codes that a shell and the runtimes give for an end by signal.
func signalOf(code int32) string {
	if code <= 128 || code >= 128+65 {
		return ""
	}
	return fmt.Sprintf(" (%s)", signalName(syscall.Signal(code-128)))
}

func signalName(s syscall.Signal) string {
	switch s {
	case syscall.SIGHUP:
		return "SIGHUP"
	case syscall.SIGINT:
		return "SIGINT"
	case syscall.SIGILL:
		return "SIGILL"
	case syscall.SIGABRT:
		return "SIGABRT"
	case syscall.SIGBUS:
		return "SIGBUS"
	case syscall.SIGFPE:
		return "SIGFPE"
	case syscall.SIGKILL:
		return "SIGKILL"
	case syscall.SIGSEGV:
		return "SIGSEGV"
	case syscall.SIGPIPE:
		return "SIGPIPE"
	case syscall.SIGTERM:
		return "SIGTERM"
	}
	return fmt.Sprintf("signal %d", int(s))
}

func orElse(s, otherwise string) string {
	if s != "" {
		return s
	}
	return otherwise
}

// interrupted reports whether a call to the container runtime was broken off, in which the step has no part: its kubelet was
// restarted meanwhile, or waited for longer than it cares to (runtimeRequestTimeout, 2 minutes). The words are those of
// Go's contexts, which containerd (v1.6, pkg/cri) and CRI-O pass on at the end of theirs; a create that comes after one
// that was broken off and goes on in the runtime finds its name taken.
func interrupted(message string) bool {
	words := strings.TrimSuffix(message, ": unknown") // gRPC's code of an error that has none
	return strings.HasSuffix(words, "context canceled") || strings.HasSuffix(words, "context deadline exceeded") ||
		strings.Contains(words, "failed to reserve container name")
}

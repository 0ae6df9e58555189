package podstatus

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// byTaintManager is the reason of DisruptionTarget on a Pod deleted for a taint of its node: in nearly all cases the node
// is not ready or unreachable (pkg/controller/tainteviction).
const byTaintManager = "DeletionByTaintManager"

// nodeSilent reports whether the Pod's node does not answer, as far as the cluster knows.
func nodeSilent(pod *corev1.Pod) bool {
	return markedNotReady(pod) || deletionUnseen(pod)
}

// markedNotReady reports whether the node controller has given the Pod's node up: it writes Ready False on the node's Pods
// and leaves their ContainersReady as it was (pkg/controller/util/node/controller_utils.go, MarkPodsNotReady, v1.35). The
// kubelet writes the two alike, unless the Pod has readiness gates.
func markedNotReady(pod *corev1.Pod) bool {
	ready, _ := condition(pod, corev1.PodReady)
	containers, _ := condition(pod, corev1.ContainersReady)
	return ready.Status == corev1.ConditionFalse && containers.Status == corev1.ConditionTrue && len(pod.Spec.ReadinessGates) == 0
}

// deletionUnseen says the same of a Pod that the node controller could not mark, because it was not ready before: a side
// container had ended, or a probe failed. It was deleted for its node's taint, main was seen running last, and its kubelet
// has not taken notice: a deletion raises the Pod's generation, and a kubelet that lives writes within a second or so
// which one it has seen. Those older than 1.34 do not say; then nothing is known.
func deletionUnseen(pod *corev1.Pod) bool {
	ready, _ := condition(pod, corev1.PodReady)
	disrupted, _ := condition(pod, corev1.DisruptionTarget)
	main := StatusOf(pod.Status.ContainerStatuses, v1alpha1.MainContainer)
	seen := pod.Status.ObservedGeneration
	return pod.DeletionTimestamp != nil && disrupted.Status == corev1.ConditionTrue && disrupted.Reason == byTaintManager &&
		ready.Status == corev1.ConditionFalse && main.State.Running != nil && 0 < seen && seen < pod.Generation
}

package kube

import corev1 "k8s.io/api/core/v1"

// byTaintManager is the reason of DisruptionTarget on a Pod deleted for a taint of its node: in nearly all cases the node
// is not ready or unreachable (pkg/controller/tainteviction).
const byTaintManager = "DeletionByTaintManager"

// nodeSilent says whether the node controller has given the Pod's node up: it writes Ready False on the node's Pods
// and leaves their ContainersReady as it was (pkg/controller/util/node/controller_utils.go, MarkPodsNotReady, v1.35). The
// kubelet writes the two alike, unless the Pod has readiness gates.
func nodeSilent(pod *corev1.Pod) bool {
	ready, _ := condition(pod, corev1.PodReady)
	containers, _ := condition(pod, corev1.ContainersReady)
	return ready.Status == corev1.ConditionFalse && containers.Status == corev1.ConditionTrue && len(pod.Spec.ReadinessGates) == 0
}

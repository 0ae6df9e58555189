package kube

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// What Kueue writes on Pods that it holds back (https://kueue.sigs.k8s.io/docs/tasks/run/plain_pods).
const (
	gateKueue       = "kueue.x-k8s.io/admission"
	labelKueueQueue = "kueue.x-k8s.io/queue-name"
)

// heldBack names the gates that keep a Pod from being scheduled; the scheduler's own message only says that there are some.
func heldBack(pod *corev1.Pod, message string) string {
	var others []string
	queued := false
	for _, gate := range pod.Spec.SchedulingGates {
		if gate.Name == gateKueue {
			queued = true
		} else {
			others = append(others, gate.Name)
		}
	}
	switch {
	case len(others) > 0:
		return "its scheduling is held back by " + strings.Join(others, ", ")
	case queued && pod.Labels[labelKueueQueue] != "":
		return fmt.Sprintf("it waits for its turn in the Kueue queue %q", pod.Labels[labelKueueQueue])
	case queued:
		return "it waits for its turn in a Kueue queue"
	}
	return orElse(message, "its scheduling is held back by a gate")
}

package podstatus

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// What Kueue writes on Pods that it holds back (https://kueue.sigs.k8s.io/docs/tasks/run/plain_pods).
const (
	kueue     = "kueue.x-k8s.io/"
	gateKueue = kueue + "admission"
)

// queued reports whether Kueue holds a Pod back. It has several gates: for its turn, and for a place in the topology.
func queued(pod *corev1.Pod) bool {
	return slices.ContainsFunc(pod.Spec.SchedulingGates, func(g corev1.PodSchedulingGate) bool { return strings.HasPrefix(g.Name, kueue) })
}

// heldBack names the gates that keep a Pod from being scheduled; the scheduler's own message tells only that there are some.
func heldBack(pod *corev1.Pod, message string) string {
	var others []string
	turn := false
	for _, gate := range pod.Spec.SchedulingGates {
		turn = turn || gate.Name == gateKueue
		if !strings.HasPrefix(gate.Name, kueue) {
			others = append(others, gate.Name)
		}
	}
	queue := "a Kueue queue"
	if name := pod.Labels[v1alpha1.LabelKueueQueue]; name != "" {
		queue = fmt.Sprintf("the Kueue queue %q", name)
	}
	switch {
	case turn && len(others) > 0:
		return fmt.Sprintf("it waits for its turn in %s, and its scheduling is held back by %s", queue, strings.Join(others, ", "))
	case len(others) > 0:
		return "its scheduling is held back by " + strings.Join(others, ", ")
	case turn:
		return "it waits for its turn in " + queue
	case queued(pod):
		return "it waits for a place on nodes that suit " + queue
	}
	return orElse(message, "its scheduling is held back by a gate")
}

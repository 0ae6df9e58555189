package podstatus

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// TestNodeSilent holds each half of what makes a node silent: take one away, and nothing is known.
func TestNodeSilent(t *testing.T) {
	notReady, ready := cond(corev1.PodReady, corev1.ConditionFalse, "", ""), cond(corev1.PodReady, corev1.ConditionTrue, "", "")
	containers, noContainers := cond(corev1.ContainersReady, corev1.ConditionTrue, "", ""), cond(corev1.ContainersReady, corev1.ConditionFalse, "", "")
	tainted, mainRuns := disrupted("DeletionByTaintManager", ""), state("main", runs)
	gate := func(p *corev1.Pod) {
		p.Spec.ReadinessGates = []corev1.PodReadinessGate{{ConditionType: "example.com/lb"}}
	}
	tests := []struct {
		name string
		mods []func(*corev1.Pod)
		want bool
	}{
		{"new", nil, false},
		{"marked", []func(*corev1.Pod){notReady, containers}, true},
		{"marked and deleted", []func(*corev1.Pod){notReady, containers, deleting}, true},
		{"ready", []func(*corev1.Pod){ready, containers}, false},
		{"not ready by the kubelet's word", []func(*corev1.Pod){notReady, noContainers}, false},
		{"not ready for a gate", []func(*corev1.Pod){notReady, containers, gate}, false},

		{"deletion unseen", []func(*corev1.Pod){notReady, noContainers, mainRuns, tainted, deleting, generations(2, 1)}, true},
		{"not deleted yet", []func(*corev1.Pod){notReady, noContainers, mainRuns, tainted, generations(1, 1)}, false},
		{"deletion seen", []func(*corev1.Pod){notReady, noContainers, mainRuns, tainted, deleting, generations(2, 2)}, false},
		{"a kubelet that does not tell", []func(*corev1.Pod){notReady, noContainers, mainRuns, tainted, deleting, generations(2, 0)}, false},
		{"deleted by hand", []func(*corev1.Pod){notReady, noContainers, mainRuns, deleting, generations(2, 1)}, false},
		{"evicted", []func(*corev1.Pod){notReady, noContainers, mainRuns, disrupted("EvictionByEvictionAPI", ""), deleting, generations(2, 1)}, false},
		{"a live node that was tainted", []func(*corev1.Pod){ready, containers, mainRuns, tainted, deleting, generations(2, 1)}, false},
		{"main has not started", []func(*corev1.Pod){notReady, noContainers, tainted, deleting, generations(2, 1)}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, _ := Observe(stepPod(tt.mods...), uid); got.NodeSilent != tt.want {
				t.Errorf("got %v", got.NodeSilent)
			}
		})
	}
}

func generations(of, seen int64) func(*corev1.Pod) {
	return func(pod *corev1.Pod) { pod.Generation, pod.Status.ObservedGeneration = of, seen }
}

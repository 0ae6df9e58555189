package cluster

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestIsReady(t *testing.T) {
	second := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	began := second.Add(700 * time.Millisecond)
	condition := func(kind corev1.NodeConditionType, status corev1.ConditionStatus, heartbeat time.Time) corev1.NodeCondition {
		return corev1.NodeCondition{Type: kind, Status: status, LastHeartbeatTime: metav1.NewTime(heartbeat)}
	}
	tests := []struct {
		name       string
		conditions []corev1.NodeCondition
		since      time.Time
		want       bool
	}{
		{"no condition yet", nil, time.Time{}, false},
		{"ready, whenever", []corev1.NodeCondition{condition(corev1.NodeReady, corev1.ConditionTrue, second.Add(-time.Hour))}, time.Time{}, true},
		{"not ready", []corev1.NodeCondition{condition(corev1.NodeReady, corev1.ConditionFalse, second)}, time.Time{}, false},
		{"silent", []corev1.NodeCondition{condition(corev1.NodeReady, corev1.ConditionUnknown, second)}, time.Time{}, false},
		{"the dead kubelet's word", []corev1.NodeCondition{condition(corev1.NodeReady, corev1.ConditionTrue, second.Add(-time.Second))}, began, false},
		{"the new kubelet's word, in the same second", []corev1.NodeCondition{condition(corev1.NodeReady, corev1.ConditionTrue, second)}, began, true},
		{"the new kubelet's word", []corev1.NodeCondition{condition(corev1.NodeReady, corev1.ConditionTrue, second.Add(time.Second))}, began, true},
		{"another condition", []corev1.NodeCondition{
			condition(corev1.NodeMemoryPressure, corev1.ConditionTrue, second), condition(corev1.NodeReady, corev1.ConditionFalse, second),
		}, began, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			node := &corev1.Node{Status: corev1.NodeStatus{Conditions: tt.conditions}}
			if got := isReady(node, tt.since); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

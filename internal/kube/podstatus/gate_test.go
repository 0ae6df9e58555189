package podstatus

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/run"
)

// TestSchedulingGates: a Pod that is held back waits, and says for whom.
func TestSchedulingGates(t *testing.T) {
	const kueue, topology, said = "kueue.x-k8s.io/admission", "kueue.x-k8s.io/topology", "Scheduling is blocked due to non-empty scheduling gates"
	for _, tc := range []struct {
		name    string
		gates   []string
		queue   string
		message string
		want    string
	}{
		{"a queue", []string{kueue}, "gpu", said, `it waits for its turn in the Kueue queue "gpu"`},
		{"a queue without a name", []string{kueue}, "", said, "it waits for its turn in a Kueue queue"},
		{"another gate", []string{"example.com/quota"}, "gpu", said, "its scheduling is held back by example.com/quota"},
		{"several gates", []string{"example.com/a", kueue, "example.com/b"}, "gpu", said, `it waits for its turn in the Kueue queue "gpu", and its scheduling is held back by example.com/a, example.com/b`},
		{"a queue that knows of topology", []string{kueue, topology}, "gpu", said, `it waits for its turn in the Kueue queue "gpu"`},
		{"topology first", []string{topology, kueue}, "", said, `it waits for its turn in a Kueue queue`},
		{"topology alone", []string{topology}, "gpu", said, `it waits for a place on nodes that suit the Kueue queue "gpu"`},
		{"topology and another gate", []string{topology, "example.com/a"}, "gpu", said, `its scheduling is held back by example.com/a`},
		{"a gate that nobody names", nil, "", said, said},
		{"nothing known", nil, "", "", "its scheduling is held back by a gate"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			pod := &corev1.Pod{
				ObjectMeta: metav1.ObjectMeta{
					Name: "p", UID: "pod", OwnerReferences: []metav1.OwnerReference{{UID: "uid"}},
					Labels: map[string]string{v1alpha1.LabelRunUID: "uid", v1alpha1.LabelStep: "a", v1alpha1.LabelAttempt: "1"},
				},
				Status: corev1.PodStatus{Phase: corev1.PodPending, Conditions: []corev1.PodCondition{{
					Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: corev1.PodReasonSchedulingGated, Message: tc.message,
				}}},
			}
			if tc.queue != "" {
				pod.Labels["kueue.x-k8s.io/queue-name"] = tc.queue
			}
			for _, gate := range tc.gates {
				pod.Spec.SchedulingGates = append(pod.Spec.SchedulingGates, corev1.PodSchedulingGate{Name: gate})
			}
			got, ok := Observe(pod, "uid")
			if got.Queued != slices.ContainsFunc(tc.gates, func(g string) bool { return g == kueue || g == topology }) {
				t.Errorf("queued: %v", got.Queued)
			}
			if !ok || got.Waiting != run.WaitingUnbounded || got.Reason != "" || got.Message != tc.want {
				t.Errorf("got %v %q %q, want %q", got.Waiting, got.Reason, got.Message, tc.want)
			}
		})
	}
}

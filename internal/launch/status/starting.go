package status

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/podevents"
)

// What a Pod that is on a node waits for is in its status only once its image is asked for. Before that, of a volume whose
// Secret, ConfigMap or disk is missing, and of a network that is not ready, its status says ContainerCreating and nothing
// else; the kubelet tells of them in events, as do the controllers of resource claims and queues.

// IsStarting reports whether an attempt's Pod has not started and its status does not tell why, or only that Kueue holds it back.
func IsStarting(a v1alpha1.AttemptStatus) bool {
	return a.Phase == v1alpha1.StepPending && a.Pod != "" && (a.Queued || a.Message == "")
}

// JoinReasons joins the reason of a Pod's status and that of its events.
func JoinReasons(status, events string) string {
	if status != "" && events != "" {
		return status + ": " + events
	}
	return status + events
}

// WhyStarting finds the latest news of a Pod of that UID that is on a node.
func WhyStarting(events []corev1.Event, uid types.UID) podevents.News {
	return podevents.Why(slices.DeleteFunc(slices.Clone(events), func(e corev1.Event) bool { return e.InvolvedObject.UID != uid }), true)
}

package launch

import (
	"context"
	"slices"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/podevents"
)

// What a Pod that is on a node waits for is in its status only once its image is asked for. Before that, of a volume whose
// Secret, ConfigMap or disk is missing, and of a network that is not ready, its status says ContainerCreating and nothing
// else; the kubelet tells of them in events, as do the controllers of resource claims and queues.

// maxAsked is how many Pods' events are asked for at a time: an event is found by looking at all of the namespace's.
const maxAsked = 8

// isStarting reports whether an attempt's Pod has not started and its status does not say why, or only that Kueue holds it back.
func isStarting(a v1alpha1.AttemptStatus) bool {
	return a.Phase == v1alpha1.StepPending && a.Pod != "" && (a.Queued || a.Message == "")
}

// knowStarting asks why step Pods do not start. It is an extra: what cannot be had is left out.
func (l *Launcher) knowStarting(ctx context.Context, k *Known) {
	var attempts []v1alpha1.AttemptStatus
	for _, s := range k.StepPods {
		for _, a := range s.Attempts {
			if isStarting(a) && len(attempts) < maxAsked {
				attempts = append(attempts, a)
			}
		}
	}
	texts := make([]string, len(attempts))
	var wg sync.WaitGroup
	for i, a := range attempts {
		wg.Go(func() {
			if news, err := l.askWhy(ctx, a.Pod, a.ScheduledAt != nil, a.Queued); err == nil {
				texts[i] = news.Text
			}
		})
	}
	wg.Wait()
	k.Starting = map[string]string{}
	for i, a := range attempts {
		k.Starting[a.Pod] = joined(a.Message, texts[i])
	}
}

// joined is what a Pod's status says of a wait, and what events do.
func joined(status, events string) string {
	if status != "" && events != "" {
		return status + ": " + events
	}
	return status + events
}

// askWhy asks events why a Pod does not start.
func (l *Launcher) askWhy(ctx context.Context, pod string, placed, queued bool) (podevents.News, error) {
	events, err := l.Cluster.PodEvents(ctx, l.Namespace, pod)
	if err != nil || !queued {
		return podevents.Why(events, placed), err
	}
	more, err := l.Cluster.QueueEvents(ctx, l.Namespace)
	return podevents.WhyQueued(slices.Concat(events, more), pod), err
}

// whyStarting finds the latest news of a Pod of that UID that is on a node.
func whyStarting(events []corev1.Event, uid types.UID) podevents.News {
	return podevents.Why(slices.DeleteFunc(slices.Clone(events), func(e corev1.Event) bool { return e.InvolvedObject.UID != uid }), true)
}

package lookup

import (
	"context"
	"slices"
	"sync"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/status"
	"github.com/stepherd/stepherd/internal/podevents"
)

// MaxAsked is how many Pods' events are asked for at a time: an event is found by looking at all of the namespace's.
const MaxAsked = 8

// addStarting asks why step Pods do not start. It is an extra: what cannot be had is left out.
func (r *Reader) addStarting(ctx context.Context, k *status.Snapshot) {
	var attempts []v1alpha1.AttemptStatus
	for _, s := range k.StepPods {
		for _, a := range s.Attempts {
			if status.IsStarting(a) && len(attempts) < MaxAsked {
				attempts = append(attempts, a)
			}
		}
	}
	texts := make([]string, len(attempts))
	var wg sync.WaitGroup
	for i, a := range attempts {
		wg.Go(func() {
			if news, err := r.WhyWaiting(ctx, a.Pod, a.ScheduledAt != nil, a.Queued); err == nil {
				texts[i] = news.Text
			}
		})
	}
	wg.Wait()
	k.Starting = map[string]string{}
	for i, a := range attempts {
		k.Starting[a.Pod] = status.JoinReasons(a.Message, texts[i])
	}
}

// WhyWaiting asks events why a Pod does not start.
func (r *Reader) WhyWaiting(ctx context.Context, pod string, placed, queued bool) (podevents.News, error) {
	events, err := r.News.PodEvents(ctx, r.Client.Namespace, pod)
	if err != nil || !queued {
		return podevents.Why(events, placed), err
	}
	more, err := r.News.QueueEvents(ctx, r.Client.Namespace)
	return podevents.WhyQueued(slices.Concat(events, more), pod), err
}

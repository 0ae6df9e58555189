package driver

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/stepherd/stepherd/internal/run"
)

// waits tell why Pods do not start where their status says nothing, or not all: a volume that cannot be mounted, a claim that
// cannot be made, and what a queue of Kueue waits for are told in events alone. They are asked for a few seconds after a Pod
// began to wait and ever more rarely, for all Pods together that are due: a wide fan-out is no reason for as many questions.
type waits struct {
	src   Warnings
	log   *zap.Logger
	inbox inbox
	tasks *sync.WaitGroup
	asks  bool          // somebody does; the loop's alone
	wake  chan struct{} // holds a token when a Pod has begun to wait

	mu   sync.Mutex
	pods map[string]*wait // by UID
}

// wait is a Pod that waits.
type wait struct {
	pod  run.Pod
	asks int // that were made for it
	due  time.Time
	told string
}

// askPause is how long nothing is asked after a question.
const askPause = time.Second

func newWaits(src Warnings, log *zap.Logger, in inbox, tasks *sync.WaitGroup) *waits {
	return &waits{src: src, log: log, inbox: in, tasks: tasks, wake: make(chan struct{}, 1), pods: map[string]*wait{}}
}

// see begins to wait with a Pod, or ends it.
func (w *waits) see(ctx context.Context, pod run.Pod) {
	if !waitsSilently(pod) {
		w.gone(pod)
		return
	}
	w.mu.Lock()
	// What was told of a Pod that waited for a node says nothing of its wait on the node.
	if one := w.pods[pod.UID]; one == nil || one.pod.Scheduled.IsZero() != pod.Scheduled.IsZero() || one.pod.Queued != pod.Queued {
		w.pods[pod.UID] = &wait{pod: pod, due: time.Now().Add(firstAsked(pod))}
		select {
		case w.wake <- struct{}{}:
		default: // run has not taken the last token yet
		}
	}
	w.mu.Unlock()
	if !w.asks {
		w.asks = true
		w.tasks.Go(func() { w.run(ctx) })
	}
}

// gone ends the wait with a Pod.
func (w *waits) gone(pod run.Pod) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.pods, pod.UID)
}

// waitsSilently reports whether a Pod has not started and its status does not tell why, or tells only which queue of
// Kueue it waits in.
func waitsSilently(pod run.Pod) bool {
	return pod.Started.IsZero() && pod.End == run.EndNone && !pod.Running && !pod.Deleting && !pod.Terminal &&
		(pod.Waiting == run.WaitingNone || pod.Queued)
}

// run asks until ctx is done. What it cannot learn it leaves out: it only explains.
func (w *waits) run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	var asked time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.wake:
		case <-timer.C:
			if pods := w.due(time.Now()); len(pods) > 0 {
				if warnings, err := w.src.Latest(ctx, pods); err == nil {
					w.tell(ctx, pods, warnings)
				}
				asked = time.Now()
			}
		}
		timer.Reset(max(time.Until(w.next()), time.Until(asked.Add(askPause))))
	}
}

// due are the Pods for which it is time to ask, and which then are due later.
func (w *waits) due(now time.Time) []run.Pod {
	w.mu.Lock()
	defer w.mu.Unlock()
	var pods []run.Pod
	for _, one := range w.pods {
		if !one.due.After(now) {
			one.asks++
			one.due = now.Add(untilAsked(one.asks))
			pods = append(pods, one.pod)
		}
	}
	slices.SortFunc(pods, func(a, b run.Pod) int { return strings.Compare(a.UID, b.UID) })
	return pods
}

// next is when a Pod is due.
func (w *waits) next() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	next := time.Now().Add(time.Hour)
	for _, one := range w.pods {
		if one.due.Before(next) {
			next = one.due
		}
	}
	return next
}

// tell hands what is news to the loop, and writes it into the transcript.
func (w *waits) tell(ctx context.Context, pods []run.Pod, warnings map[string]string) {
	for _, pod := range pods {
		if warning := warnings[pod.UID]; w.isNews(pod, warning) {
			w.inbox.send(ctx, warned{run.PodWarned{Now: time.Now(), Step: pod.Step, Attempt: pod.Attempt, UID: pod.UID, Message: warning}})
		}
	}
}

// isNews reports whether a warning, or that there is none any more, was not told of a Pod that still waits.
func (w *waits) isNews(pod run.Pod, warning string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	one := w.pods[pod.UID]
	if one == nil || one.told == warning || one.pod.Scheduled.IsZero() != pod.Scheduled.IsZero() {
		return false
	}
	one.told = warning
	if warning != "" {
		w.log.Warn("the pod waits", zap.String("step", one.pod.Step), zap.Int("attempt", one.pod.Attempt), zap.String("pod", one.pod.Name),
			zap.String("node", one.pod.Node), zap.String("message", warning))
	}
	return true
}

// firstAsked is how long to wait before the first question. The scheduler looks at a Pod within a second or two, unless it is
// busy.
func firstAsked(pod run.Pod) time.Duration {
	if pod.Scheduled.IsZero() && !pod.Queued {
		return 5 * time.Second
	}
	return untilAsked(0)
}

// untilAsked is how long to wait before the question of that number, from 0.
func untilAsked(n int) time.Duration {
	switch n {
	case 0:
		return 3 * time.Second
	case 1:
		return 7 * time.Second
	case 2:
		return 20 * time.Second
	}
	return time.Minute
}

package driver

import (
	"context"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/stepherd/stepherd/internal/run"
)

// waits tell why Pods that have a node do not start, where their status says nothing: a volume that cannot be mounted is
// told in events alone. They are asked for a few seconds after a Pod got its node and ever more rarely, for all Pods together
// that are due: a wide fan-out is no reason for as many questions.
type waits struct {
	src   Warnings
	log   *zap.Logger
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

func newWaits(src Warnings, log *zap.Logger, tasks *sync.WaitGroup) *waits {
	return &waits{src: src, log: log, tasks: tasks, wake: make(chan struct{}, 1), pods: map[string]*wait{}}
}

// see begins to wait with a Pod, or ends it.
func (w *waits) see(ctx context.Context, pod run.Pod) {
	if !startsSilently(pod) {
		w.gone(pod)
		return
	}
	w.mu.Lock()
	if w.pods[pod.UID] == nil {
		w.pods[pod.UID] = &wait{pod: pod, due: time.Now().Add(untilAsked(0))}
		signal(w.wake)
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

// startsSilently says that a Pod has a node and has not started, and that its status does not say why.
func startsSilently(pod run.Pod) bool {
	return !pod.Scheduled.IsZero() && pod.Started.IsZero() && pod.End == run.EndNone && !pod.Running &&
		pod.Trouble == run.TroubleNone && !pod.Deleting && !pod.Terminal
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
			if uids := w.due(time.Now()); len(uids) > 0 {
				warnings, _ := w.src.Latest(ctx, uids)
				w.tell(warnings)
				asked = time.Now()
			}
		}
		timer.Reset(max(time.Until(w.next()), time.Until(asked.Add(askPause))))
	}
}

// due are the Pods for which it is time to ask, and which then are due later.
func (w *waits) due(now time.Time) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var uids []string
	for uid, one := range w.pods {
		if !one.due.After(now) {
			one.asks++
			one.due = now.Add(untilAsked(one.asks))
			uids = append(uids, uid)
		}
	}
	slices.Sort(uids)
	return uids
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

// tell writes each new warning into the transcript.
func (w *waits) tell(warnings map[string]string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for uid, warning := range warnings {
		one := w.pods[uid]
		if one == nil || one.told == warning {
			continue
		}
		one.told = warning
		w.log.Warn("the pod waits", zap.String("step", one.pod.Step), zap.Int("attempt", one.pod.Attempt), zap.String("pod", one.pod.Name),
			zap.String("node", one.pod.Node), zap.String("message", warning))
	}
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

package driver

import (
	"context"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/stepherd/stepherd/internal/run"
)

// waits tell why Pods that have a node do not start, where their status says nothing: a volume that cannot be mounted is
// told in events alone. They are asked for, Pod by Pod, a few seconds after a Pod got its node and ever more rarely. The
// loop alone uses it.
type waits struct {
	src   Warnings
	log   *zap.Logger
	tasks *sync.WaitGroup
	over  map[string]chan struct{} // by the UIDs of Pods that wait; closed when they do no more
}

// see begins to wait with a Pod, or ends it.
func (w *waits) see(ctx context.Context, pod run.Pod) {
	over, waiting := w.over[pod.UID]
	switch waits := startsSilently(pod); {
	case waits && !waiting:
		over = make(chan struct{})
		w.over[pod.UID] = over
		w.tasks.Go(func() { w.ask(ctx, pod, over) })
	case !waits && waiting:
		w.gone(pod)
	}
}

// gone ends the wait with a Pod.
func (w *waits) gone(pod run.Pod) {
	if over, waiting := w.over[pod.UID]; waiting {
		delete(w.over, pod.UID)
		close(over)
	}
}

// startsSilently says that a Pod has a node and has not started, and that its status does not say why.
func startsSilently(pod run.Pod) bool {
	return !pod.Scheduled.IsZero() && pod.Started.IsZero() && pod.End == run.EndNone && !pod.Running &&
		pod.Trouble == run.TroubleNone && !pod.Deleting && !pod.Terminal
}

// ask writes each new warning into the transcript. What it cannot learn it leaves out: it only explains.
func (w *waits) ask(ctx context.Context, pod run.Pod, over <-chan struct{}) {
	told := ""
	for n := 0; ; n++ {
		if !lasts(ctx, untilAsked(n), over) {
			return
		}
		warning, err := w.src.Latest(ctx, pod.UID)
		if err != nil || warning == "" || warning == told {
			continue
		}
		told = warning
		w.log.Warn("the pod waits", zap.String("step", pod.Step), zap.Int("attempt", pod.Attempt), zap.String("pod", pod.Name),
			zap.String("node", pod.Node), zap.String("message", warning))
	}
}

// lasts waits, and says whether the wait went on all that time.
func lasts(ctx context.Context, d time.Duration, over <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-over:
	case <-ctx.Done():
	}
	return false
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

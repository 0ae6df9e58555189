package driver

import (
	"context"

	"go.uber.org/zap"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/run"
)

// follow keeps the logs in step with the Pods.
func (l *loop) follow(ctx context.Context, e run.Event) {
	switch e := e.(type) {
	case run.Began:
		for _, pod := range e.Pods {
			if recordedEnd(e.Record, l.index, pod) {
				l.followers.skip(pod)
			} else {
				l.followPod(ctx, pod)
			}
		}
	case run.PodSeen:
		l.followPod(ctx, e.Pod)
		l.waits.see(ctx, e.Pod)
	case run.PodGone:
		l.followers.gone(e.Pod)
		l.waits.gone(e.Pod)
	case run.CreateFailed, run.CancelAsked, run.Woke:
	}
}

func (l *loop) followPod(ctx context.Context, pod run.Pod) {
	if _, ours := l.index[pod.Step]; ours {
		l.followers.see(ctx, pod)
	}
	if l.closing.verdict != nil {
		l.deleteStray(ctx, pod)
	}
}

// recordedEnd says that an earlier driver wrote down how the attempt ended, and so has printed its log.
func recordedEnd(r v1alpha1.Record, index map[string]int, pod run.Pod) bool {
	i, ok := index[pod.Step]
	if !ok || i >= len(r.Steps) || pod.Attempt > len(r.Steps[i].Attempts) {
		return false
	}
	return r.Steps[i].Attempts[pod.Attempt-1].Phase.Ended()
}

// printed takes what of the logs is safe on stdout.
func (l *loop) printed(ctx context.Context, m printed) {
	for _, uid := range l.followers.printed(m.logs) {
		if l.followers.drained(uid) {
			l.logRead(ctx, uid)
		}
	}
}

// lastWords waits until all that was to be printed has been taken by stdout; not when the driver is told to go, nor when
// stdout takes nothing, which the transcript tells.
func (l *loop) lastWords(ctx context.Context) {
	out := l.followers.out
	out.close()
	limited, cancel := context.WithCancel(ctx)
	defer cancel()
	given := make(chan struct{})
	go func() {
		defer close(given)
		if !l.closing.stuck {
			out.stuck(limited, stuckLimit)
		}
	}()
	select {
	case <-out.done:
	case <-given:
		if ctx.Err() != nil {
			break
		}
		l.config.Logger.Error("stdout takes nothing; lines of steps are not printed", zap.Int("logsNotPrinted", l.followers.running))
	}
	cancel()
	<-given
}

package driver

import (
	"context"
	"errors"
	"sync"

	"go.uber.org/zap"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/logs"
	"github.com/stepherd/stepherd/internal/run"
)

// followers are the logs of the run, one follower for each Pod whose main has started. The loop alone uses it.
type followers struct {
	src   logs.Source
	keep  Archive // may be nil
	out   *output
	log   *zap.Logger
	inbox inbox
	tasks *sync.WaitGroup

	byPod   map[string]*follower // by UID; also those that are done
	running int
}

// follower is the log of one Pod, as the loop knows it.
type follower struct {
	pod       string        // its name
	ended     chan struct{} // closed when main is known to have ended
	told      bool          // ended is closed
	succeeded bool
	done      bool
	tail      string // the last lines, unless main succeeded
}

// see starts to follow a Pod whose main has started, and passes on that it has ended.
func (f *followers) see(ctx context.Context, pod run.Pod) {
	one := f.byPod[pod.UID]
	if one == nil {
		if pod.Started.IsZero() && !pod.Running {
			return // and if it could not be started there is no log
		}
		one = &follower{pod: pod.Name, ended: make(chan struct{})}
		f.byPod[pod.UID] = one
		f.start(ctx, one, pod)
	}
	if pod.End != run.EndNone || pod.Terminal {
		one.end()
	}
	if pod.End == run.EndSucceeded {
		one.succeeded, one.tail = true, ""
	}
}

// gone passes on that a Pod exists no more.
func (f *followers) gone(pod run.Pod) {
	if one := f.byPod[pod.UID]; one != nil {
		one.end()
	}
}

// skip leaves the log of a Pod alone: an earlier driver has printed it.
func (f *followers) skip(pod run.Pod) {
	f.byPod[pod.UID] = &follower{told: true, done: true}
}

func (one *follower) end() {
	if !one.told {
		one.told = true
		close(one.ended)
	}
}

func (f *followers) start(ctx context.Context, one *follower, pod run.Pod) {
	f.running++
	container := logs.Container{Pod: pod.Name, Name: v1alpha1.MainContainer, Ended: one.ended, Started: pod.Started}
	f.tasks.Go(func() {
		p := printing{ctx: ctx, out: f.out, prefix: logs.Prefix(pod.Step, pod.Attempt)}
		sink := tee{&taker{sink: &p}}
		kept := f.archived(pod, container.Name, &p)
		if kept != nil {
			sink = append(sink, kept)
		}
		container.From = sink.earliest()
		err := logs.Follow(ctx, f.src, container, sink)
		kept.closeArchived(err == nil)
		f.inbox.send(ctx, followed{uid: pod.UID, tail: p.last.String(), err: err})
	})
}

// finished takes the end of a follower, and says so if its log is not whole.
func (f *followers) finished(m followed) {
	one := f.byPod[m.uid]
	one.done = true
	f.running--
	if !one.succeeded {
		one.tail = m.tail
	}
	switch log := f.log.With(zap.String("pod", one.pod)); {
	case m.err == nil, errors.Is(m.err, context.Canceled):
	case logs.IsGone(m.err):
		log.Warn("the log ended with its pod; lines may be missing", zap.Error(m.err))
	default:
		log.Error("the log is given up; lines are missing", zap.Error(m.err))
	}
}

// drained says that a Pod's log has been printed, or that there is none.
func (f *followers) drained(uid string) bool {
	one := f.byPod[uid]
	return one == nil || one.done
}

// tails are the last lines of the logs by the names of their Pods.
func (f *followers) tails() map[string]string {
	all := map[string]string{}
	for _, one := range f.byPod {
		if one.tail != "" {
			all[one.pod] = one.tail
		}
	}
	return all
}

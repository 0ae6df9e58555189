package driver

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/driver/stdout"
	"github.com/stepherd/stepherd/internal/driver/steplogs"
	"github.com/stepherd/stepherd/internal/run"
)

// message is what reaches the loop, all of it on one channel. The set is closed.
type message interface{ message() }

type (
	// listed are the Pods that existed at the beginning.
	listed struct {
		watch int
		pods  []run.Pod
	}
	// marked is what the Job tells: at the beginning, and each time that it has changed.
	marked struct{ marks v1alpha1.Marks }
	// taken is the record, which is ours now.
	taken struct{ record record.Record }
	// observed is news of the Pods.
	observed struct {
		watch int
		event run.Event
	}
	// created is the answer to a create.
	created struct{ event run.Event }
	// warned is what events tell of a Pod.
	warned struct{ event run.PodWarned }
	// deleted means that a delete was accepted.
	deleted struct{}
	// logBegan is the first line of a container's log that is followed from its beginning.
	logBegan struct{ steplogs.FirstLine }
	// logEnded means that a container's log is at its end, or cannot be had.
	logEnded struct{ steplogs.Followed }
	// printed is what of logs is safe on stdout.
	printed struct{ logs []stdout.Progress }
	// stuck means that stdout has taken nothing for longer than the end of the run may wait for it.
	stuck struct{}
	// overdue means that a Pod has waited for its log long enough.
	overdue struct{ uid string }
	// recorded means that the record has all that it was given up to that version.
	recorded struct{ version int }
	// recordedLogs are the logs as the record was told of them.
	recordedLogs struct{ logs []steplogs.WrittenLog }
	// swept are the Pods that existed after the verdict.
	swept struct{ pods []run.Pod }
	// broken means that this driver cannot go on.
	broken struct {
		code int
		err  error
	}
)

func (listed) message()       {}
func (marked) message()       {}
func (taken) message()        {}
func (observed) message()     {}
func (created) message()      {}
func (deleted) message()      {}
func (logBegan) message()     {}
func (warned) message()       {}
func (logEnded) message()     {}
func (recordedLogs) message() {}
func (printed) message()      {}
func (stuck) message()        {}
func (overdue) message()      {}
func (recorded) message()     {}
func (swept) message()        {}
func (broken) message()       {}

// inbox is the loop's only channel for news.
type inbox chan message

// send hands a message to the loop, unless ctx ends before it is taken.
func (in inbox) send(ctx context.Context, m message) {
	select {
	case in <- m:
	case <-ctx.Done():
	}
}

// listener turns what other goroutines tell into messages. It implements recorder.Listener.
type listener struct {
	inbox
	log *zap.Logger
}

func (l listener) Taken(ctx context.Context, r record.Record) { l.send(ctx, taken{r}) }

func (l listener) Saved(ctx context.Context, version int) { l.send(ctx, recorded{version}) }

func (l listener) SavedLogs(ctx context.Context, all []steplogs.WrittenLog) {
	l.send(ctx, recordedLogs{all})
}

func (l listener) Retrying(call string, err error, wait time.Duration) {
	logRetry(l.log, call, err, wait)
}

func (l listener) Stopped(ctx context.Context, err error) {
	code, _ := ends(err)
	l.send(ctx, broken{code: code, err: err})
}

// FirstLine implements steplogs.Listener.
func (in inbox) FirstLine(ctx context.Context, m steplogs.FirstLine) { in.send(ctx, logBegan{m}) }

// Followed implements steplogs.Listener.
func (in inbox) Followed(ctx context.Context, m steplogs.Followed) { in.send(ctx, logEnded{m}) }

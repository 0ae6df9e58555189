package driver

import (
	"context"
	"maps"
	"time"

	"go.uber.org/zap"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/driver/recorder"
	"github.com/stepherd/stepherd/internal/podspec"
	"github.com/stepherd/stepherd/internal/retry"
	"github.com/stepherd/stepherd/internal/run"
)

// stuckLimit is how long stdout may take nothing while the driver waits with the verdict for its output.
const stuckLimit = 2 * time.Minute

// keep tells the recorder what Pods cannot prove for ever.
func (l *loop) keep(before run.State, e run.Event, ended []int, actions []run.Action) {
	u := recorder.Turn(before, l.state, ended)
	switch e := e.(type) {
	case run.Restored:
		u.Pieces = recorder.Unrecorded(e.Record, l.state, ended)
		if e.Cancelled && e.Record.Head.CancelledAt == nil {
			u.Pieces[0], u.Now = true, true
		}
	case run.CancelAsked:
		u.Pieces[0], u.Now = true, true
	case run.CreateFailed:
		// Nothing but the record tells others why there is no Pod.
		if i, _ := l.state.Index(e.Step); e.Class != run.CreateTransient && l.refusals[i] != e.Message {
			l.refusals[i] = e.Message
			u.Add(i, recorder.WithinSuccess)
		}
	}
	awaited := u.Require(actions)
	if verdict, given := l.state.Verdict(); given && l.closing.verdict == nil {
		l.closing.verdict, l.closing.saved = &verdict, make(chan struct{})
		u.Pieces[0], u.Now, u.Saved = true, true, l.closing.saved
		if l.followers.Unprinted() == 0 { // otherwise there is more to come
			maps.Copy(u.Pieces, l.book.Stale())
		}
	}
	if _, first := e.(run.Restored); first || len(u.Pieces) > 0 || awaited && l.kept < l.saved {
		l.save(u)
	}
}

func (l *loop) save(u recorder.Update) {
	l.recorder.Publish(l.book)
	l.saved++
	u.Version = l.saved
	l.recorder.Save(u)
}

// sweep looks, after the verdict and where there is doubt, for Pods that are not known.
func (l *loop) sweep(ctx context.Context) {
	l.closing.saved, l.closing.recorded = nil, true
	l.endLogs(ctx)
	if !l.doubt {
		l.closing.swept = true
		return
	}
	l.tasks.Go(func() {
		for failures := 0; ctx.Err() == nil; failures++ {
			pods, err := l.config.Pods.List(ctx)
			if err == nil {
				l.inbox.send(ctx, swept{pods})
				return
			}
			wait := retry.APICalls.Delay(failures)
			logRetry(l.config.Logger, "look for pods after the verdict", err, wait)
			_ = retry.Sleep(ctx, wait) // the loop looks at ctx
		}
	})
}

// deleteStray deletes a Pod that lives after the verdict.
func (l *loop) deleteStray(ctx context.Context, pod run.Pod) {
	if pod.Terminal || pod.Deleting || l.strays[pod.UID] {
		return
	}
	if l.followers.Terminal(pod.UID) {
		return // late news, as the answer to a create may be
	}
	l.strays[pod.UID] = true
	a := run.DeletePod{Step: pod.Step, Attempt: pod.Attempt, Name: pod.Name, UID: pod.UID}
	l.config.Logger.Warn("a pod lives after the verdict and is deleted", podFields(pod)...)
	l.executor.delete(ctx, a)
}

// exit reports whether all is done, and with which code.
func (l *loop) exit() (int, bool) {
	c := &l.closing
	if !c.recorded {
		return 0, false
	}
	code := exitOf(c.verdict.Phase, c.verdict.Reason)
	if !l.begun || c.stuck {
		return code, c.stuck || !c.unprinted && l.followers.Unprinted() == 0 // another driver did all else
	}
	// First the logs: the deletes that are held wait for that write.
	idle := l.executor.creating+l.executor.deleting+len(l.executor.deletes) == 0 && l.followers.Unprinted() == 0
	return code, c.swept && idle && l.logsKept() && len(l.held) == 0
}

// settleTime is how much of flushTime the logs may take.
const settleTime = 2 * time.Second

// terminate writes what the record has not got, and leaves. Once the verdict is in the record the exit code is the
// verdict's.
func (l *loop) terminate() int {
	if !l.begun {
		return podspec.ExitTerminated
	}
	limit, logLimit := time.NewTimer(flushTime), time.NewTimer(settleTime)
	defer limit.Stop()
	defer logLimit.Stop()
	if code, ended := l.settle(logLimit.C); ended {
		return code
	}
	saved := l.closing.saved
	if !l.closing.recorded {
		if saved == nil {
			saved = make(chan struct{})
		}
		l.save(recorder.Update{State: l.state, Pieces: l.book.Stale(), Now: true, Saved: saved})
	}
	for !l.closing.recorded {
		select {
		case <-saved:
			if l.closing.verdict == nil {
				return podspec.ExitTerminated
			}
			l.closing.recorded = true
		case m := <-l.inbox:
			if b, is := m.(broken); is {
				return b.code
			}
		case <-limit.C:
			l.config.Logger.Warn("told to go; the record could not be written in time, and the next driver finds out what it has not got",
				zap.Duration("limit", flushTime))
			return podspec.ExitTerminated
		}
	}
	return exitOf(l.closing.verdict.Phase, l.closing.verdict.Reason)
}

// exitOf is the exit code of a verdict.
func exitOf(phase v1alpha1.RunPhase, reason v1alpha1.Reason) int {
	switch {
	case phase == v1alpha1.RunSucceeded:
		return podspec.ExitSucceeded
	case phase == v1alpha1.RunCancelled:
		return podspec.ExitCancelled
	case reason == v1alpha1.ReasonInvalidPlan:
		return podspec.ExitInvalidPlan
	}
	return podspec.ExitFailed
}

// ends reports whether an error of the record ends this driver, and the exit code.
func ends(err error) (code int, ended bool) {
	switch {
	case recorder.Lost(err):
		return podspec.ExitLost, true
	case recorder.Final(err):
		return podspec.ExitCrash, true
	}
	return 0, false
}

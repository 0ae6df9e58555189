package driver

import (
	"context"
	"maps"
	"time"

	"go.uber.org/zap"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/podspec"
	"github.com/stepherd/stepherd/internal/retry"
	"github.com/stepherd/stepherd/internal/run"
)

// stuckLimit is how long stdout may take nothing while the driver waits with the verdict for its output.
const stuckLimit = 2 * time.Minute

// keep tells the recorder what Pods cannot prove for ever.
func (l *loop) keep(before run.State, e run.Event, ended []int, actions []run.Action) {
	s := saving{state: l.state, pieces: map[int]bool{}, within: coalesceProven}
	for i := before.Len(); i < l.state.Len(); i++ { // with the head, which tells how many there are
		s.pieces[0], s.pieces[i/record.StepsPerPiece], s.within = true, true, coalesce
	}
	for _, i := range ended {
		s.pieces[i/record.StepsPerPiece] = true
		s.within = min(s.within, patience(l.state, i))
	}
	switch e := e.(type) {
	case run.Restored:
		s.pieces = unrecorded(e.Record, l.state, ended)
		if e.Cancelled && e.Record.Head.CancelledAt == nil {
			s.pieces[0], s.now = true, true
		}
	case run.CancelAsked:
		s.pieces[0], s.now = true, true
	case run.CreateFailed:
		// Nothing but the record tells others why there is no Pod.
		if i, _ := l.state.Index(e.Step); e.Class != run.CreateTransient && l.refusals[i] != e.Message {
			l.refusals[i] = e.Message
			s.pieces[i/record.StepsPerPiece], s.within = true, min(s.within, coalesceSuccess)
		}
	}
	awaited := s.proofs(actions)
	if verdict, given := l.state.Verdict(); given && l.closing.verdict == nil {
		l.closing.verdict, l.closing.saved = &verdict, make(chan struct{})
		s.pieces[0], s.now, s.saved = true, true, l.closing.saved
		if l.followers.Running == 0 { // otherwise there is more to come
			maps.Copy(s.pieces, l.followers.Book.Stale())
		}
	}
	if _, first := e.(run.Restored); first || len(s.pieces) > 0 || awaited && l.kept < l.saved {
		l.save(s)
	}
}

// proofs hurries what the record must have before something is done, and reports whether a create waits for all that it has not got.
func (s *saving) proofs(actions []run.Action) (awaited bool) {
	for _, a := range actions {
		switch a := a.(type) {
		case run.DeletePod:
			// A Pod is the only proof of its attempt, and that its step's needs have succeeded, until the record has them.
			if i, _ := s.state.Index(a.Step); !a.AfterRecord {
				s.pieces[i/record.StepsPerPiece], s.now = true, true
			}
		case run.CreatePod:
			if a.AfterRecord { // within the average: there may be many
				s.within, awaited = 0, true
			}
		case run.SetTimer, run.Finish:
		}
	}
	return awaited
}

func (l *loop) save(s saving) {
	l.recorder.publish(l.followers.Book)
	l.saved++
	s.version = l.saved
	l.recorder.save(s)
}

// patience is how long the end of a step may wait for others before the record is told.
func patience(s run.State, i int) time.Duration {
	if s.Step(i).Phase != v1alpha1.StepSucceeded {
		return coalesce
	}
	if s.AllEnded() {
		return coalesceLast
	}
	if s.Proven(i) {
		return coalesceProven
	}
	return coalesceSuccess
}

// unrecorded are the pieces with ends that the record has not got.
func unrecorded(r record.Record, s run.State, ended []int) map[int]bool {
	pieces := map[int]bool{}
	for _, i := range ended {
		if i >= len(r.Steps) || r.Steps[i].Phase != s.Step(i).Phase || toldEnds(r.Steps[i]) != toldEnds(s.Step(i)) {
			pieces[i/record.StepsPerPiece] = true
		}
	}
	return pieces
}

// toldEnds is of how many containers a step's attempts tell something.
func toldEnds(s v1alpha1.StepStatus) int {
	n := 0
	for _, a := range s.Attempts {
		n += len(a.Containers)
	}
	return n
}

// sweep looks, after the verdict and where there is doubt, for Pods that nobody knows of.
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
	if one := l.followers.ByPod[pod.UID]; one != nil && one.Terminal {
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
		return code, c.stuck || !c.unprinted && l.followers.Running == 0 // another driver did all else
	}
	idle := l.executor.creating+l.executor.deleting+len(l.executor.deletes)+len(l.held) == 0 && l.followers.Running == 0
	return code, c.swept && idle && l.logsKept()
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
		l.save(saving{state: l.state, pieces: l.followers.Book.Stale(), now: true, saved: saved})
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

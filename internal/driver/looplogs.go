package driver

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/driver/recorder"
	"github.com/stepherd/stepherd/internal/driver/steplogs"
	"github.com/stepherd/stepherd/internal/run"
)

// clockSkew is how far the clocks of nodes may be apart for the marks around what is printed twice to be in their places.
const clockSkew = time.Second

// follow keeps the logs in step with the Pods.
func (l *loop) follow(ctx context.Context, e run.Event) {
	switch e := e.(type) {
	case run.Restored:
		for _, pod := range e.Pods {
			l.followPod(ctx, pod)
		}
	case run.PodSeen:
		l.followPod(ctx, e.Pod)
		l.waits.see(ctx, e.Pod)
	case run.PodGone:
		l.followers.Gone(e.Pod)
		l.waits.gone(e.Pod)
	case run.CreateFailed, run.CancelAsked, run.PodWarned, run.TimerFired:
	}
}

func (l *loop) followPod(ctx context.Context, pod run.Pod) {
	if i, ours := l.state.Index(pod.Step); ours {
		l.followers.See(ctx, pod, steplogs.AttemptOf{Step: i, Number: pod.Attempt})
	}
}

// outliving deletes Pods that live after the verdict.
func (l *loop) outliving(ctx context.Context, e run.Event) {
	if l.closing.verdict == nil {
		return
	}
	switch e := e.(type) {
	case run.Restored:
		for _, pod := range e.Pods {
			l.deleteStray(ctx, pod)
		}
	case run.PodSeen:
		l.deleteStray(ctx, e.Pod)
	case run.PodGone, run.CreateFailed, run.CancelAsked, run.PodWarned, run.TimerFired:
	}
}

// inherit takes over from the record how far the logs are. Where a Pod is gone, so is what was not printed of its log.
func (l *loop) inherit(r record.Record, at time.Time, pods []run.Pod) {
	if r.Head.Holder == "" {
		return // no driver has had this run before
	}
	f := l.followers
	numbers := numbersOf(r, l.state)
	there := map[steplogs.AttemptOf]run.Pod{}
	var inherited []run.Pod
	for _, pod := range pods {
		if i, ours := numbers[pod.Step]; ours {
			there[steplogs.AttemptOf{Step: i, Number: pod.Attempt}] = pod
			inherited = append(inherited, pod)
		}
	}
	f.Inherit(at.Add(clockSkew), inherited)
	for i, step := range r.Steps {
		for _, a := range step.Attempts {
			of := steplogs.AttemptOf{Step: i, Number: a.Number}
			l.book.Read(of, a.Log)
			pod, is := there[of]
			switch printed := a.Phase.Ended() && (a.Log == nil || !a.Log.Open); {
			case printed && is:
				f.Skip(pod, of)
			case !printed && !is && a.Pod != "":
				f.Missed(step.Name, of)
			}
		}
	}
}

// numbersOf are the numbers of steps by name, also of those that have joined the run: only the record knows of them as long as the
// state has not been restored from it.
func numbersOf(r record.Record, s run.State) map[string]int {
	numbers := make(map[string]int, len(r.Steps))
	for i := range s.Len() {
		numbers[s.Name(i)] = i
	}
	for i, step := range r.Steps {
		if step.Name != "" {
			numbers[step.Name] = i
		}
	}
	return numbers
}

// over takes a run that has its verdict. Nothing of it is run, deleted or written any more, but logs that the driver before
// had not printed are, once the Pods are known.
func (l *loop) over(ctx context.Context, s *start) {
	head, c := s.record.Head, &l.closing
	c.verdict = &run.Finish{Phase: head.Phase, Reason: head.Reason, Message: head.Message}
	c.recorded, c.unprinted = true, unprinted(s.record)
	if !c.unprinted || !s.listed {
		return
	}
	c.unprinted, s.listed = false, false
	l.inherit(s.record, s.takenAt, s.pods)
	numbers := numbersOf(s.record, l.state)
	for _, pod := range s.pods {
		if i, ours := numbers[pod.Step]; ours {
			l.followers.See(ctx, pod, steplogs.AttemptOf{Step: i, Number: pod.Attempt})
		}
	}
	l.endLogs(ctx)
}

// unprinted reports whether logs of attempts are not printed to their ends.
func unprinted(r record.Record) bool {
	for _, step := range r.Steps {
		for _, a := range step.Attempts {
			if a.Log != nil && a.Log.Open {
				return true
			}
		}
	}
	return false
}

// endLogs lets the logs come to their ends: nothing goes on any more.
func (l *loop) endLogs(ctx context.Context) {
	l.followers.End()
	l.tasks.Go(func() {
		if l.out.Stuck(ctx, stuckLimit) {
			l.inbox.send(ctx, stuck{})
		}
	})
}

// printed takes what of the logs is safe on stdout.
func (l *loop) printed(ctx context.Context, m printed) {
	for _, uid := range l.followers.Printed(m.logs) {
		if l.followers.Drained(uid) {
			l.logRead(ctx, uid)
		}
	}
	l.recorder.Publish(l.book)
	if l.begun {
		l.awaitLogs()
	}
}

// keepLogs tells the record how far logs are that have not been told for long enough.
func (l *loop) keepLogs() {
	if l.closing.lastWrite > 0 {
		l.closing.gaveUp = true
		return
	}
	if pieces := l.book.Overdue(time.Now()); len(pieces) > 0 {
		l.save(recorder.Update{State: l.state, Logs: pieces})
	}
	l.awaitLogs()
}

// logsKept reports whether the record has all that it is to have of the logs, once all are printed; if not it is told. A delete
// that is held needs it, too: it may wait for a write that was to wait for company, although the record has its log by now.
func (l *loop) logsKept() bool {
	c := &l.closing
	if c.lastWrite == 0 {
		stale := l.book.Stale()
		if len(stale)+len(l.held) == 0 {
			return true
		}
		l.save(recorder.Update{State: l.state, Pieces: stale, Now: true})
		c.lastWrite = l.saved
		l.logTimer.Reset(flushTime)
	}
	return l.kept >= c.lastWrite || c.gaveUp
}

// settle stops reading logs, and waits until what was read of them is printed and read, so that the next driver repeats
// nothing. It gives how this driver ends where it has lost the record.
func (l *loop) settle(limit <-chan time.Time) (code int, ended bool) {
	f := l.followers
	f.Stop()
	for asked := false; ; {
		if f.Reading() == 0 && !asked {
			asked = true
			l.out.Drain()
		}
		select {
		case m := <-l.inbox:
			switch m := m.(type) {
			case broken:
				return m.code, true
			case logBegan:
				f.Began(m.FirstLine)
			case logEnded:
				f.Interrupted()
			case printed:
				f.Printed(m.logs)
			}
		case <-l.out.Drained:
			l.book.Close(l.state.Record().Steps)
			return 0, false
		case <-limit:
			return 0, false
		}
	}
}

func (l *loop) awaitLogs() {
	if next := l.book.Due(); !next.IsZero() {
		l.logTimer.Reset(time.Until(next))
	}
}

// finishStdout prints the digest and waits until stdout has taken everything. It does not wait when the driver is told to go, nor
// when stdout takes nothing, which the transcript tells.
func (l *loop) finishStdout(ctx context.Context) {
	limited, cancel := context.WithCancel(ctx)
	given := make(chan struct{})
	go func() {
		defer close(given)
		defer cancel()
		if !l.closing.stuck {
			l.out.Stuck(limited, stuckLimit)
		}
	}()
	if l.closing.recorded && (l.begun || unprinted(l.start.record)) {
		digest(limited, l.out, l.failed())
	}
	l.out.Close()
	select {
	case <-l.out.Done:
		cancel()
		<-given
	case <-given:
		if ctx.Err() == nil {
			l.config.Logger.Error("stdout takes nothing; lines of steps are not printed", zap.Int("logsNotPrinted", l.followers.Unprinted()))
		}
	}
}

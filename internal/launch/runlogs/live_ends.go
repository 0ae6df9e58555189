package runlogs

import (
	"context"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/follow"
	"github.com/stepherd/stepherd/internal/launch/status"
	"github.com/stepherd/stepherd/internal/retry"
)

// How an attempt has ended is the driver's to say where it was not a success: a Pod that the driver has deleted, for a timeout, an
// image that cannot be had or a cancel, looks like one that anybody has deleted. The record has it a moment later.

const (
	// endPause is how long after a Pod's end the record is read: the driver writes a failure down within 200 ms. It doubles
	// with each reading that does not tell, up to endPauseMost.
	endPause     = 300 * time.Millisecond
	endPauseMost = 2 * time.Second
	// endPatience is how long the record is asked before the Pod's own words must do. A driver that is dead says nothing.
	endPatience = 10 * time.Second
)

// endings asks the record how attempts have ended. It belongs to the follower's loop.
type endings struct {
	// open are attempts whose Pods have ended or gone, and whose ends the record has not told yet.
	open   []*attemptLogs
	asking bool
	pause  time.Duration
}

// hasEnded reports whether an attempt's Pod has ended or is gone.
func (a *attemptLogs) hasEnded() bool { return a.gone || a.status.Phase.Ended() }

// isTold reports whether it is known how an attempt has ended.
func (a *attemptLogs) isTold() bool {
	return a.recorded || a.byPod || a.status.Phase == v1alpha1.StepSucceeded && !a.gone
}

// sawGone is told of an attempt whose Pod is gone.
func (t *liveLogs) sawGone(ctx context.Context, l *follow.Loop, step string, a v1alpha1.AttemptStatus) {
	at, known := t.index[status.AttemptKey{Step: step, Number: a.Number}]
	if !known || at.settled {
		return
	}
	at.gone = !at.status.Phase.Ended()
	for _, one := range at.logs {
		one.end()
	}
	t.settle(ctx, l, at)
}

// ask has the record read for an attempt that has ended.
func (t *liveLogs) ask(ctx context.Context, l *follow.Loop, at *attemptLogs) {
	if l.Over() {
		return // the last reading tells it
	}
	if at.endedAt.IsZero() {
		at.endedAt = t.v.client.Now()
		t.ends.open = append(t.ends.open, at)
		t.ends.pause = endPause
	}
	t.readEnds(ctx, l)
}

func (t *liveLogs) readEnds(ctx context.Context, l *follow.Loop) {
	if t.ends.asking || len(t.ends.open) == 0 {
		return
	}
	t.ends.asking = true
	pause := t.ends.pause + l.RecordPause()
	t.ends.pause = min(2*t.ends.pause, endPauseMost)
	name, uid := l.Job().Name, string(l.Job().UID)
	l.Start(func() {
		if retry.Sleep(ctx, pause) != nil {
			return
		}
		record, err := t.v.reader.Runs.Record(ctx, t.v.client.Namespace, name, uid)
		l.Post(ctx, func(ctx context.Context) {
			t.ends.asking = false
			var steps []v1alpha1.StepStatus
			if err == nil && record != nil {
				steps = record.Steps
			}
			t.learnEnds(ctx, l, steps)
		})
	})
}

// Recorded implements Observer.
func (t *liveLogs) Recorded(ctx context.Context, l *follow.Loop, steps []v1alpha1.StepStatus) {
	t.learnEnds(ctx, l, steps)
}

// learnEnds marks the ends that the record tells, and those for which it was asked long enough.
func (t *liveLogs) learnEnds(ctx context.Context, l *follow.Loop, steps []v1alpha1.StepStatus) {
	recorded := status.AttemptsByKey(steps)
	open := t.ends.open
	t.ends.open = nil
	for _, at := range open {
		a, has := recorded[status.AttemptKey{Step: at.step, Number: at.status.Number}]
		switch {
		case at.isTold() || !at.hasEnded():
			at.endedAt = time.Time{} // its Pod was made again, or the last reading has told
			continue
		case has && a.Phase.Ended():
			at.takeRecorded(a)
		case t.v.client.Now().Sub(at.endedAt) >= endPatience:
			at.takePod()
		default:
			t.ends.open = append(t.ends.open, at)
			continue
		}
		t.settle(ctx, l, at)
	}
	t.readEnds(ctx, l)
}

// takeRecorded makes an attempt's end what the record says.
func (a *attemptLogs) takeRecorded(recorded v1alpha1.AttemptStatus) {
	recorded.Others = a.status.Others
	a.status, a.recorded = recorded, true
}

// takePod makes an attempt's end what its Pod has shown.
func (a *attemptLogs) takePod() {
	a.byPod = true
	if !a.status.Phase.Ended() {
		a.status.Phase, a.status.Reason, a.status.Message = v1alpha1.StepFailed, v1alpha1.ReasonDeleted, "its Pod is gone"
	}
}

// tellBegin marks that an attempt has begun.
func (t *liveLogs) tellBegin(at *attemptLogs) {
	if !at.startShown {
		at.startShown = true
		t.v.marks.begin(at.step, at.status)
	}
}

// settle marks an attempt that has ended and whose log is out. Side containers that still run are not waited for.
func (t *liveLogs) settle(ctx context.Context, l *follow.Loop, at *attemptLogs) {
	if at.settled || !at.hasEnded() {
		return
	}
	for _, one := range at.logs {
		if one.over && !one.drained {
			return
		}
	}
	if t.v.marks.on && !at.isTold() {
		t.ask(ctx, l, at)
		return
	}
	at.settled, at.endShown = true, true
	if at.byPod {
		t.v.markEnd(at.step, at.status, " (so its Pod says; the record does not tell yet)")
		return
	}
	t.v.markEnd(at.step, at.status, "")
}

package runlogs

import (
	"context"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/follow"
)

// enough reports whether the one step, or the one attempt of it, that is wanted has ended and its log is out.
func (t *liveLogs) enough() bool {
	last := t.lastWanted()
	if last == nil || !last.settled || t.open > 0 {
		return false
	}
	return t.v.q.Attempt != 0 || last.status.Phase == v1alpha1.StepSucceeded || t.stepOver
}

// lastWanted is the latest attempt of the one step that is wanted, as far as it was seen.
func (t *liveLogs) lastWanted() *attemptLogs {
	if t.v.q.Step == "" {
		return nil
	}
	var last *attemptLogs
	for _, at := range t.attempts {
		if last == nil || at.status.Number > last.status.Number {
			last = at
		}
	}
	return last
}

// Tick implements Observer.
func (t *liveLogs) Tick(ctx context.Context, l *follow.Loop) { t.askStep(ctx, l) }

// askStep asks the record whether the one step that is wanted has ended: an attempt that failed may be followed by another.
func (t *liveLogs) askStep(ctx context.Context, l *follow.Loop) {
	last := t.lastWanted()
	if last == nil || !last.settled || t.asking || t.stepOver || l.Over() {
		return
	}
	t.asking = true
	name, uid := l.Job().Name, string(l.Job().UID)
	l.Start(func() {
		record, err := t.v.reader.Runs.Record(ctx, t.v.client.Namespace, name, uid)
		l.Post(ctx, func(context.Context) {
			t.asking = false
			if err == nil && record != nil {
				t.stepOver = hasEnded(record.Steps, t.v.q.Step)
			}
		})
	})
}

func hasEnded(steps []v1alpha1.StepStatus, name string) bool {
	for i := range steps {
		if steps[i].Name == name {
			return steps[i].Phase.Ended()
		}
	}
	return false
}

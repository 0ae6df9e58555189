package runlogs

import (
	"context"

	"github.com/stepherd/stepherd/internal/launch/follow"
)

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

package launch

import (
	"context"
)

// tellBegin marks that an attempt has begun.
func (t *tails) tellBegin(at *tail) {
	if !at.told {
		at.told = true
		t.v.marks.begin(at.step, at.status)
	}
}

// settle marks an attempt that has ended and whose log is out. Side containers that still run are not waited for.
func (t *tails) settle(ctx context.Context, l *Loop, at *tail) {
	if at.marked || !at.hasEnded() {
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
	at.marked, at.endTold = true, true
	if at.byPod {
		t.v.markEnd(at.step, at.status, " (so its Pod says; the record does not tell yet)")
		return
	}
	t.v.markEnd(at.step, at.status, "")
}

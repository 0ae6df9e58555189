package driver

import (
	"context"
	"time"

	"github.com/stepherd/stepherd/internal/run"
)

// logLimit is how long stdout may take nothing while a Pod whose side containers go on waits for its log to be printed: what
// the Pod holds is not held for that.
const logLimit = time.Minute

// heldDelete is a delete that waits until the record has what the Pod proves, and perhaps for the Pod's log to be printed.
type heldDelete struct {
	run.DeletePod
	log     bool
	version int  // of the record
	told    bool // the record is being told that the log is printed
	drop    context.CancelFunc
}

// delete deletes a Pod as soon as it may go.
func (l *loop) delete(ctx context.Context, a run.DeletePod) {
	h := heldDelete{DeletePod: a, log: a.AfterLogs && !l.followers.drained(a.UID), version: l.saved}
	if h.log && !a.AfterRecord {
		var limited context.Context
		limited, h.drop = context.WithCancel(ctx)
		l.tasks.Go(func() {
			if l.followers.out.stuck(limited, logLimit) {
				l.inbox.send(limited, overdue{a.UID})
			}
		})
	}
	l.printedFirst(&h)
	l.release(ctx, h)
}

// printedFirst makes a delete wait for the record, once, where that does not know yet that the Pod's log is printed: with the
// Pod goes what a driver that follows would read.
func (l *loop) printedFirst(h *heldDelete) {
	of := attemptOf{l.index[h.Step], h.Attempt}
	g := l.followers.book[of]
	if h.log || h.told || !h.AfterLogs || g == nil || g.kept == g.status() {
		return
	}
	s := saving{state: l.state, pieces: map[int]bool{of.piece(): true}, within: coalesceSuccess}
	if h.AfterRecord {
		s.within = coalesceProven
	}
	l.save(s)
	h.version, h.told = l.saved, true
}

// release deletes a Pod if nothing holds it any more.
func (l *loop) release(ctx context.Context, h heldDelete) {
	if h.log || h.version > l.kept {
		l.held[h.UID] = h
		return
	}
	delete(l.held, h.UID)
	l.executor.delete(ctx, h.DeletePod)
}

// logRead lets go of a Pod that waited for its log.
func (l *loop) logRead(ctx context.Context, uid string) {
	if h, held := l.held[uid]; held {
		h.log = false
		if h.drop != nil {
			h.drop()
		}
		l.printedFirst(&h)
		l.release(ctx, h)
	}
}

// inRecord lets go of the Pods that waited for the record.
func (l *loop) inRecord(ctx context.Context, version int) {
	l.kept = version
	for _, h := range l.held {
		l.release(ctx, h)
	}
}

package driver

import (
	"context"
	"time"

	"github.com/stepherd/stepherd/internal/run"
)

// logLimit is how long a Pod that is to be deleted may wait for its log to be printed: a stdout that takes nothing must
// not hold what the Pod holds.
const logLimit = time.Minute

// heldDelete is a delete that waits until the record has what the Pod proves, and perhaps for the Pod's log to be printed.
type heldDelete struct {
	run.DeletePod
	log     bool
	version int // of the record
}

// delete deletes a Pod as soon as it may go.
func (l *loop) delete(ctx context.Context, a run.DeletePod) {
	h := heldDelete{DeletePod: a, log: a.AfterLogs && !l.followers.drained(a.UID), version: l.saved}
	if h.log {
		l.tasks.Go(func() {
			pause(ctx, logLimit)
			l.inbox.send(ctx, overdue{a.UID})
		})
	}
	l.release(ctx, h)
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

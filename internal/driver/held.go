package driver

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/stepherd/stepherd/internal/driver/recorder"
	"github.com/stepherd/stepherd/internal/driver/steplogs"
	"github.com/stepherd/stepherd/internal/run"
)

// logLimit is how long stdout may take nothing while a Pod whose side containers go on waits for its log to be printed: what
// the Pod holds is not held for that.
const logLimit = time.Minute

// held is an action that waits until the record has all that it was given up to a version: a create for what it depends on and
// no Pod proves, a delete for what the Pod proves. A delete may wait for the Pod's log to be printed, too.
type held struct {
	action  run.Action // CreatePod or DeletePod
	order   int        // in which it was asked for
	version int        // of the record

	log  bool
	told bool // the record is being told that the log is printed
	drop context.CancelFunc
}

// key tells it from all others: a delete by the Pod's UID, a create by the attempt.
func (h *held) key() any {
	switch a := h.action.(type) {
	case run.DeletePod:
		return a.UID
	case run.CreatePod:
		return attemptName{a.Step, a.Attempt}
	}
	panic("driver: only creates and deletes are held")
}

// attemptName names an attempt by the name of its step.
type attemptName struct {
	step   string
	number int
}

// create creates a Pod as soon as it may be there.
func (l *loop) create(ctx context.Context, a run.CreatePod) {
	h := held{action: a}
	if a.AfterRecord {
		h.version = l.saved
	}
	l.release(ctx, h)
}

// delete deletes a Pod as soon as it may go.
func (l *loop) delete(ctx context.Context, a run.DeletePod) {
	h := held{action: a, log: a.AfterLogs && !l.followers.Drained(a.UID), version: l.saved}
	if h.log && !a.AfterRecord {
		var limited context.Context
		limited, h.drop = context.WithCancel(ctx)
		l.tasks.Go(func() {
			if l.out.Stuck(limited, logLimit) {
				l.inbox.send(limited, overdue{a.UID})
			}
		})
	}
	l.printedFirst(&h, a)
	l.release(ctx, h)
}

// printedFirst makes a delete wait for the record, once, where that does not know yet that the Pod's log is printed: with the
// Pod goes what a driver that follows would read.
func (l *loop) printedFirst(h *held, a run.DeletePod) {
	i, _ := l.state.Index(a.Step)
	of := steplogs.AttemptOf{Step: i, Number: a.Attempt}
	if h.log || h.told || !a.AfterLogs || l.book.InRecord(of) {
		return
	}
	u := recorder.Update{State: l.state, Pieces: map[int]bool{of.Piece(): true}, Within: recorder.WithinSuccess}
	if a.AfterRecord {
		u.Within = recorder.WithinProven
	}
	l.save(u)
	h.version, h.told = l.saved, true
}

// release does what is asked for if nothing holds it any more.
func (l *loop) release(ctx context.Context, h held) {
	if h.log || h.version > l.kept {
		if h.order == 0 {
			l.holds++
			h.order = l.holds
		}
		l.held[h.key()] = h
		return
	}
	delete(l.held, h.key())
	switch a := h.action.(type) {
	case run.CreatePod:
		l.executor.create(ctx, a)
	case run.DeletePod:
		l.executor.delete(ctx, a)
	}
}

// logRead lets go of a Pod that waited for its log.
func (l *loop) logRead(ctx context.Context, uid string) {
	h, is := l.held[uid]
	if !is {
		return
	}
	h.log = false
	if h.drop != nil {
		h.drop()
	}
	l.printedFirst(&h, h.action.(run.DeletePod))
	l.release(ctx, h)
}

// inRecord lets go of what waited for the record, in the order in which it was asked for.
func (l *loop) inRecord(ctx context.Context, version int) {
	l.kept = version
	for _, h := range l.held.inOrder() {
		l.release(ctx, h)
	}
}

// heldActions are those that wait, by their keys.
type heldActions map[any]held

// withdraw returns the creates that are held, and holds them no longer.
func (all heldActions) withdraw() []run.CreatePod {
	var creates []run.CreatePod
	for _, h := range all.inOrder() {
		if a, is := h.action.(run.CreatePod); is {
			creates = append(creates, a)
			delete(all, h.key())
		}
	}
	return creates
}

// inOrder returns them in the order in which they were asked for.
func (all heldActions) inOrder() []held {
	return slices.SortedFunc(maps.Values(all), func(a, b held) int { return cmp.Compare(a.order, b.order) })
}

package stdout

import (
	"slices"
	"time"

	"github.com/stepherd/stepherd/internal/logs"
)

const (
	// askEvery is how often it is asked whether what was written has been read; askEnds is the same when a log is at its end
	// with it, for which a Pod or the driver's own end may wait.
	askEvery = 100 * time.Millisecond
	askEnds  = 10 * time.Millisecond
)

// Progress is how far a log was printed, and whether that is all of it. Lost is set if stdout is broken: nothing was
// printed since.
type Progress struct {
	LogOf
	After logs.Position
	Lines int // that it has had
	Ended bool
	Lost  bool
}

// ackTracker knows what of the logs is safe. When the driver's process ends, a container runtime may throw away what is in the
// pipe of its stdout: so it is safe when the runtime has read it.
type ackTracker struct {
	unread func() int
	tell   func([]Progress)

	written int64
	next    time.Time // when to ask next
	// fresh is what was written since pending was taken, each log once. Pending waits for all up to offset to be read.
	fresh, pending []Progress
	places         map[LogOf]int // in fresh
	offset         int64
}

// wrote takes note of what was written.
func (t *ackTracker) wrote(p Progress, n int) {
	now := time.Now()
	if t.idle() {
		t.next = now.Add(askEvery)
	}
	if p.Ended {
		t.next = now
	}
	t.written += int64(n)
	i, known := t.places[p.LogOf]
	if !known {
		i = len(t.fresh)
		t.places[p.LogOf] = i
		t.fresh = append(t.fresh, p)
	}
	t.fresh[i] = p
	if !now.Before(t.next) {
		t.check(now)
	}
}

// check tells what is safe by now.
func (t *ackTracker) check(now time.Time) {
	every := askEvery
	for t.take(); t.pending != nil; t.take() {
		if t.written-int64(t.unread()) < t.offset {
			if slices.ContainsFunc(t.pending, func(p Progress) bool { return p.Ended }) {
				every = askEnds
			}
			break
		}
		t.tell(t.pending)
		t.pending = nil
	}
	t.next = now.Add(every)
}

// take lets what is fresh wait to be read, if nothing else does.
func (t *ackTracker) take() {
	if t.pending == nil && t.fresh != nil {
		t.pending, t.fresh, t.offset = t.fresh, nil, t.written
		clear(t.places)
	}
}

// idle reports whether everything that was written has been read.
func (t *ackTracker) idle() bool { return t.pending == nil && t.fresh == nil }

// wait is how long to wait before the next check.
func (t *ackTracker) wait(now time.Time) time.Duration {
	if t.idle() {
		return time.Hour
	}
	return t.next.Sub(now)
}

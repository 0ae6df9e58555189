package logview

import (
	"errors"
	"sync"
)

// Prefetch is a log that is read before its turn has come: up to laneRoom of its text waits, and it with it.
type Prefetch struct {
	mu      sync.Mutex
	changed sync.Cond
	waiting text
	turn    bool
	ended   bool // it is not wanted any more
	on      func(Stream, []byte) error
}

// laneRoom is enough for a small log to be there when its turn comes.
const laneRoom = 256 << 10

// NewPrefetch makes a lane onto what puts out.
func NewPrefetch(on func(Stream, []byte) error) *Prefetch {
	l := &Prefetch{on: on}
	l.changed.L = &l.mu
	return l
}

// Put takes text, which may be changed afterwards. It waits for room, and fails when the log is not wanted any more.
func (l *Prefetch) Put(to Stream, b []byte) error {
	l.mu.Lock()
	for !l.turn && !l.ended && len(l.waiting.bytes) > 0 && len(l.waiting.bytes)+len(b) > laneRoom {
		l.changed.Wait()
	}
	if l.ended {
		l.mu.Unlock()
		return errNotWanted
	}
	if !l.turn {
		l.waiting.add(to, b)
		l.mu.Unlock()
		return nil
	}
	l.mu.Unlock()
	return l.on(to, b)
}

// Begin lets out what waits and lets through what comes.
func (l *Prefetch) Begin() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	from := 0
	for _, r := range l.waiting.runs {
		if err := l.on(r.to, l.waiting.bytes[from:r.end]); err != nil {
			return err
		}
		from = r.end
	}
	l.waiting = text{}
	l.turn = true
	l.changed.Broadcast()
	return nil
}

// End gives the lane up.
func (l *Prefetch) End() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	l.changed.Broadcast()
}

// errNotWanted ends the reading of a log that is not wanted any more.
var errNotWanted = errors.New("nobody waits for this log")

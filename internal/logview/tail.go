package logview

import (
	"time"

	"github.com/stepherd/stepherd/internal/logs"
)

// Counter counts the whole lines of a log that are not older than a time.
type Counter struct {
	Since time.Time
	Lines int
}

// Line implements logs.Sink.
func (c *Counter) Line(l logs.Line, _ logs.Position) error {
	if !l.Continues && !l.Time.Before(c.Since) {
		c.Lines++
	}
	return nil
}

// Gap implements logs.Sink.
func (*Counter) Gap(logs.Gap) error { return nil }

// Mark implements StoredSink.
func (*Counter) Mark(string, *logs.Gap) error { return nil }

// Finish implements StoredSink.
func (*Counter) Finish() error { return nil }

// TailFinder keeps the positions behind the last n+1 lines.
type TailFinder struct {
	since time.Time
	n     int
	ring  []logs.Position
	next  int           // place in a full ring
	base  logs.Position // behind the last line that is too old
}

// NewTailFinder looks for the last n lines of those that are not older than a time.
func NewTailFinder(n int, since time.Time) *TailFinder {
	return &TailFinder{since: since, ring: make([]logs.Position, 0, min(n+1, 1024)), n: n}
}

// Line implements logs.Sink.
func (t *TailFinder) Line(l logs.Line, after logs.Position) error {
	if l.Continues {
		return nil
	}
	if l.Time.Before(t.since) {
		t.base = after
		return nil
	}
	if len(t.ring) <= t.n {
		t.ring = append(t.ring, after)
		return nil
	}
	t.ring[t.next] = after
	t.next = (t.next + 1) % len(t.ring)
	return nil
}

// Gap implements logs.Sink.
func (*TailFinder) Gap(logs.Gap) error { return nil }

// Start is the position behind the line before the last n.
func (t *TailFinder) Start() logs.Position {
	if len(t.ring) <= t.n {
		return t.base
	}
	return t.ring[t.next]
}

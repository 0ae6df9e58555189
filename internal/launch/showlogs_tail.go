package launch

import (
	"context"
	"time"

	"github.com/stepherd/stepherd/internal/logs"
)

// counter counts the whole lines of a log that are not older than a time.
type counter struct {
	since time.Time
	lines int
}

// Line is of logs.Sink.
func (c *counter) Line(l logs.Line, _ logs.Position) error {
	if !l.Continues && !l.Time.Before(c.since) {
		c.lines++
	}
	return nil
}

// Gap is of logs.Sink.
func (*counter) Gap(logs.Gap) error { return nil }

func (*counter) mark(string, *logs.Gap) error { return nil }

func (*counter) finish() error { return nil }

// tailStart finds the position in front of the last n lines of a container's log as it is now. That costs one reading of what
// the node has of it (10 MiB by default), in memory for n positions: the kubelet's own tail counts the pieces into which a
// runtime cuts long lines, and the rest of a log could not be taken up behind it.
func (v *view) tailStart(ctx context.Context, c logs.Container, n int) (logs.Position, error) {
	t := tailFinder{since: v.since, ring: make([]logs.Position, 0, min(n+1, 1024)), n: n}
	err := logs.Read(ctx, v.source(), c, &t)
	return t.start(), err
}

// tailFinder keeps the positions behind the last n+1 lines.
type tailFinder struct {
	since time.Time
	n     int
	ring  []logs.Position
	next  int           // place in a full ring
	base  logs.Position // behind the last line that is too old
}

// Line is of logs.Sink.
func (t *tailFinder) Line(l logs.Line, after logs.Position) error {
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

// Gap is of logs.Sink.
func (*tailFinder) Gap(logs.Gap) error { return nil }

// start is the position behind the line before the last n.
func (t *tailFinder) start() logs.Position {
	if len(t.ring) <= t.n {
		return t.base
	}
	return t.ring[t.next]
}

package steplogs

import (
	"context"
	"time"

	"github.com/stepherd/stepherd/internal/driver/stdout"
	"github.com/stepherd/stepherd/internal/logs"
)

// stdoutSink prints one container's log to stdout, and keeps its last lines. It lives as long as its follower, whose context it
// holds.
type stdoutSink struct {
	ctx  context.Context
	slot *stdout.Queue
	last lastLines
	// first, if not nil, gets the time stamp of the log's first line, unless lines are missing before it.
	first func(time.Time)
}

func (p *stdoutSink) Line(l logs.Line, after logs.Position) error {
	if p.first != nil {
		p.first(l.Time)
		p.first = nil
	}
	_ = p.last.Line(l, after) // cannot fail
	return p.slot.Line(p.ctx, l, after)
}

func (p *stdoutSink) Gap(g logs.Gap) error {
	p.first = nil
	return p.mark(g.String())
}

// mark prints a line of our own among the log's.
func (p *stdoutSink) mark(words string) error { return p.slot.Mark(p.ctx, words) }

// partialSink is a sink that may have a part of the log already.
type partialSink struct {
	sink logs.Sink
	// has is how far; lines up to there are left out.
	has logs.Position
}

// multiSink writes one log to several sinks. The first error ends it.
type multiSink []*partialSink

// earliest returns the position from which the log must be read.
func (m multiSink) earliest() logs.Position {
	from := m[0].has
	for _, one := range m[1:] {
		if one.has.Before(from) {
			from = one.has
		}
	}
	return from
}

func (m multiSink) Line(l logs.Line, after logs.Position) error {
	for _, one := range m {
		if !one.has.Before(after) {
			continue
		}
		if err := one.sink.Line(l, after); err != nil {
			return err
		}
	}
	return nil
}

// Gap ends the leaving out: after a gap, positions no longer tell what a sink has. After a gap that is reported late they do, because
// there is none at this place.
func (m multiSink) Gap(g logs.Gap) error {
	for _, one := range m {
		if !g.Late() {
			one.has = logs.Position{}
		}
		if err := one.sink.Gap(g); err != nil {
			return err
		}
	}
	return nil
}

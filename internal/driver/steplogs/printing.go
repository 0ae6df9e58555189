package steplogs

import (
	"context"
	"time"

	"github.com/stepherd/stepherd/internal/driver/stdout"
	"github.com/stepherd/stepherd/internal/logs"
)

// printing is the sink that prints one container's log to stdout, and keeps its last lines. It lives as long as its
// follower, whose context it holds.
type printing struct {
	ctx  context.Context
	slot *stdout.Queue
	last lastLines
	// first, where there is one, takes the stamp of the log's first line, unless lines are missing before it.
	first func(time.Time)
}

func (p *printing) Line(l logs.Line, after logs.Position) error {
	if p.first != nil {
		p.first(l.Time)
		p.first = nil
	}
	_ = p.last.Line(l, after) // cannot fail
	return p.slot.Line(p.ctx, l, after)
}

func (p *printing) Gap(g logs.Gap) error {
	p.first = nil
	return p.mark(g.String())
}

// mark prints a line of our own among the log's.
func (p *printing) mark(words string) error { return p.slot.Mark(p.ctx, words) }

// taker is one of several that take the same log, each of which may have a part of it already.
type taker struct {
	sink logs.Sink
	// has is what it has; lines up to there are left out.
	has logs.Position
}

// tee hands one log to several takers. The first one that errs ends it.
type tee []*taker

// earliest is from where on the log must be read.
func (t tee) earliest() logs.Position {
	from := t[0].has
	for _, one := range t[1:] {
		if one.has.Before(from) {
			from = one.has
		}
	}
	return from
}

func (t tee) Line(l logs.Line, after logs.Position) error {
	for _, one := range t {
		if !one.has.Before(after) {
			continue
		}
		if err := one.sink.Line(l, after); err != nil {
			return err
		}
	}
	return nil
}

// Gap ends the leaving out: behind a gap positions do not tell any more what a taker has. They do behind one that is told late,
// which is none at its place.
func (t tee) Gap(g logs.Gap) error {
	for _, one := range t {
		if !g.Late() {
			one.has = logs.Position{}
		}
		if err := one.sink.Gap(g); err != nil {
			return err
		}
	}
	return nil
}

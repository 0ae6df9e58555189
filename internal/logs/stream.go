package logs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"time"
)

// follower is the state of one Follow or Read. All of it but pulse belongs to the goroutine that called it.
type follower struct {
	src  Source
	c    Container
	sink Sink

	pos     Position
	lines   int       // parts handed on
	last    lastLine  // the last line that came
	opened  time.Time // when the latest stream answered
	tail    *Line     // a last line of the latest stream that had no newline
	sinkErr error
	lastErr error
	pulse   *pulse
}

func newFollower(src Source, c Container, sink Sink) *follower {
	return &follower{src: src, c: c, sink: sink, pos: c.From, pulse: newPulse(), lastErr: errSilent}
}

// stream takes one stream from its opening to its end, which is nil when it was a clean one.
func (f *follower) stream(ctx context.Context, follow bool) error {
	f.tail = nil
	since, drop := f.pos.resume()
	stream, err := f.src.Open(ctx, f.c.Pod, f.c.Name, since, follow)
	if err != nil {
		return err
	}
	defer func() { _ = stream.Close() }() // what it would say was said by Read
	f.opened = time.Now()
	s := &session{follower: f, drop: drop}
	in := newParts(stream)
	for {
		p, err := in.next()
		if err == nil || p.cut {
			if handErr := s.take(p); handErr != nil {
				return handErr
			}
		}
		if errors.Is(err, io.EOF) {
			return s.end()
		}
		if err != nil {
			return err
		}
	}
}

// session is one stream of a follower.
type session struct {
	*follower
	drop *dropper
	// stamped says that this stream stamps its lines.
	stamped bool
	// held is a line without a stamp in a stream that stamps its lines: if it is the stream's last it is the kubelet's
	// own words on why it ends, which it appends to the log (pkg/kubelet/server/server.go, getContainerLogs, v1.35).
	held *Line
}

// take hands on what is new of a part.
func (s *session) take(p part) error {
	first := p.first
	p, fresh := s.drop.keep(p)
	if !fresh {
		s.pulse.touch()
		return nil
	}
	s.last.take(p.Line, first)
	s.stamped = s.stamped || p.stamped
	foreign := s.stamped && p.first && !p.stamped
	if err := s.release(); err != nil {
		return err
	}
	switch {
	case foreign:
		s.held = p.clone()
	case p.cut:
		s.tail = p.clone()
	default:
		return s.hand(p.Line)
	}
	return nil
}

// release hands on the line that was held: more has come after it.
func (s *session) release() error {
	if s.held == nil {
		return nil
	}
	l := *s.held
	s.held = nil
	return s.hand(l)
}

// end is the stream's clean end, which is none if the kubelet gives a reason for it.
func (s *session) end() error {
	if s.held != nil {
		return fmt.Errorf("the kubelet ended the stream: %s", s.held.Text)
	}
	return nil
}

func (f *follower) hand(l Line) error {
	f.lines++
	if l.Continues {
		f.pos.advancePart(l.Time, len(l.Text))
	} else {
		f.pos.advance(l.Time)
	}
	f.pulse.beat.Store(busy)
	f.sinkErr = f.sink.Line(l, f.pos)
	f.pulse.touch()
	return f.sinkErr
}

// lastLine tells a line from others.
type lastLine struct {
	at  int64 // its stamp, in nanoseconds, whatever the zone
	sum uint32
	n   int
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// take takes a part of a line; first says that the line begins with it.
func (l *lastLine) take(line Line, first bool) {
	if first {
		*l = lastLine{at: line.Time.UnixNano()}
	}
	l.sum = crc32.Update(l.sum, castagnoli, line.Text)
	l.n += len(line.Text)
}

// clone is the part's line with a text of its own.
func (p part) clone() *Line {
	l := p.Line
	l.Text = bytes.Clone(l.Text)
	return &l
}

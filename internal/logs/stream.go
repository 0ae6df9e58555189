package logs

import (
	"bytes"
	"context"
	"errors"
	"hash/crc32"
	"io"
	"time"
)

// follower is the state of one Follow or Read. All of it but pulse belongs to the goroutine that called it.
type follower struct {
	src  Source
	c    Container
	sink Sink

	pos      Position
	silent   time.Time     // until when nothing was logged, as far as is known; zero once a line came
	lines    int           // parts handed on
	drop     *resumeFilter // of the latest stream
	last     lastLine      // the last line that came
	stuckAt  lastLine      // what it was when a stream was last cancelled for its silence
	stuck    int           // how many streams were, with this line the last
	opened   time.Time     // when the latest stream answered
	closed   time.Time     // when it ended
	read     int           // how many bytes all streams gave
	proved   bool          // the last line that came is known to be the log's last
	tail     *Line         // a last line of the latest stream that had no newline
	gap      bool          // lines are, or may be, missing before the next one
	sinkErr  error
	lastErr  error
	idle     *idleTimer
	rotation rotationProbe
}

func newFollower(src Source, c Container, sink Sink) *follower {
	pulse := newPulse()
	return &follower{src: src, c: c, sink: sink, pos: c.From, silent: c.Started, idle: pulse, rotation: resumedProbe(c, pulse.began), lastErr: errSilent}
}

// stream takes one stream from its opening to its end, which is nil when it was a clean one.
func (f *follower) stream(ctx context.Context, follow bool) error {
	since, drop := f.pos.resume()
	var v *stallDetector
	if follow {
		v, ctx = f.watch(ctx)
		defer func() { v.end(ctx) }()
	}
	stream, err := f.src.Open(ctx, f.c.Pod, f.c.Name, since, follow)
	if err != nil {
		return err
	}
	defer func() { _ = stream.Close() }() // what it would say was said by Read
	f.tail, f.gap, f.opened, f.drop = nil, false, time.Now(), drop
	s := &session{follower: f, meter: countingReader{r: stream, stall: v}}
	if follow {
		s.reread = &rereadFilter{}
	}
	in := newParts(&s.meter)
	defer s.close()
	for {
		p, err := in.next()
		if err == nil || p.cut {
			if handErr := s.take(ctx, p); handErr != nil {
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

func (f *follower) deliver(l Line) error {
	if f.gap {
		if err := f.mark(l.Time, CauseRotated); err != nil {
			return err
		}
	}
	f.lines++
	f.silent = time.Time{}
	if l.Continues {
		f.pos.advancePart(l.Time, len(l.Text))
	} else {
		f.pos.advance(l.Time)
	}
	f.idle.beat.Store(busy)
	f.sinkErr = f.sink.Line(l, f.pos)
	f.idle.touch()
	return f.sinkErr
}

// mark reports a gap, from the last line that came to a time.
func (f *follower) mark(to time.Time, cause Cause) error {
	f.gap, f.rotation = false, rotationProbe{}
	return f.tell(Gap{From: f.pos.Latest(), To: to, Cause: cause})
}

func (f *follower) tell(g Gap) error {
	f.idle.beat.Store(busy)
	f.sinkErr = f.sink.Gap(g)
	f.idle.touch()
	return f.sinkErr
}

// lastLine tells a line from others.
type lastLine struct {
	at  int64 // its stamp, in nanoseconds, whatever the zone
	sum uint32
	n   int
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// take takes a part of a line; first reports whether the line begins with it.
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

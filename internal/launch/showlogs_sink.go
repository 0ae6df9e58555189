package launch

import (
	"regexp"
	"time"

	"github.com/stepherd/stepherd/internal/logs"
)

// shown is the sink of one container's log: it leaves out what is not wanted, makes text of the rest and puts it out. One
// goroutine uses it.
type shown struct {
	form  form
	put   func(stream, []byte) error
	since time.Time
	// began is when the attempt did, if it is known: what is missing in a log of many before that is not its.
	began time.Time
	skip  int // whole lines to leave out, of those that are not older than since
	grep  *regexp.Regexp
	// heard, if there is one, is told of every line that comes, wanted or not; atEnd that there will be none any more.
	heard, atEnd func()

	came   bool // any line has
	within bool // the last part that came was no line's end
	wanted bool // the line at hand is wanted
	open   bool // the last part that was put out was no line's end
	last   lastLines
	plain  []byte
	buf    []byte
}

// Line is of logs.Sink.
func (s *shown) Line(l logs.Line, _ logs.Position) error {
	s.came = true
	if s.heard != nil {
		s.heard()
	}
	first := !s.within
	s.within = l.Continues
	if first {
		s.wanted = s.wants(l)
	}
	if !s.wanted {
		return nil
	}
	s.last.add(logs.Collapse(l.Text), first)
	s.open = l.Continues
	s.buf = s.form.line(s.buf[:0], l, first)
	return s.put(toOut, s.buf)
}

func (s *shown) wants(l logs.Line) bool {
	switch {
	case !s.since.IsZero() && l.Time.Before(s.since):
		return false
	case s.skip > 0:
		s.skip--
		return false
	case s.grep == nil:
		return true
	}
	s.plain = logs.AppendPlain(s.plain[:0], s.form.visible(l.Text))
	return s.grep.Match(s.plain)
}

// Gap is of logs.Sink. A gap that lies before what is wanted is none, and a Pod that is gone before any line came leaves
// another source to be asked.
func (s *shown) Gap(g logs.Gap) error {
	if g.Cause == logs.CausePodGone && !s.came {
		return nil
	}
	if s.skip > 0 || !g.To.IsZero() && (g.To.Before(s.since) || g.To.Before(s.began)) {
		return nil
	}
	return s.mark(g.String(), &g)
}

// mark puts out words of our own.
func (s *shown) mark(words string, g *logs.Gap) error {
	s.buf = s.buf[:0]
	if s.open {
		s.buf = s.form.end(s.buf)
	}
	s.open, s.within = false, false
	if len(s.buf) > 0 {
		if err := s.put(toOut, s.buf); err != nil {
			return err
		}
	}
	text, to := s.form.mark(s.buf[:0], words, g)
	s.buf = text
	return s.put(to, text)
}

// finish ends a line that was begun and does not go on.
func (s *shown) finish() error {
	if s.atEnd != nil {
		s.atEnd()
	}
	if !s.open {
		return nil
	}
	s.open = false
	s.buf = s.form.end(s.buf[:0])
	if len(s.buf) == 0 {
		return nil
	}
	return s.put(toOut, s.buf)
}

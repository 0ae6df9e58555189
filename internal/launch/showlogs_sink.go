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
	// resume is how many lines and parts of lines were shown before, from elsewhere.
	resume int
	// heard, if there is one, is told of every line that comes, wanted or not; atEnd that there will be none any more.
	heard, atEnd func()

	came   trail
	cut    bool      // the last part that came is no whole one
	broken *logs.Gap // the Pod was gone before the log was read to its end
	within bool      // the last part that came was no line's end
	wanted bool      // the line at hand is wanted
	open   bool      // the last part that was put out was no line's end
	last   lastLines
	plain  []byte
	buf    []byte
}

// Line is of logs.Sink.
func (s *shown) Line(l logs.Line, _ logs.Position) error {
	s.came.add(l.Text)
	s.cut = l.Continues && l.Unended
	if s.heard != nil {
		s.heard()
	}
	if s.came.count <= s.resume {
		s.within = l.Continues
		return nil
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

// Gap is of logs.Sink. A gap that lies before what is wanted is none, and where a Pod is gone the rest may be kept elsewhere.
func (s *shown) Gap(g logs.Gap) error {
	if g.Cause == logs.CausePodGone {
		s.broken = &g
		if s.cut {
			s.came.back() // the whole of it may be kept elsewhere
		}
		return nil
	}
	if s.came.count < s.resume {
		return nil
	}
	if s.skip > 0 || !g.To.IsZero() && (g.To.Before(s.since) || g.To.Before(s.began)) {
		return nil
	}
	return s.mark(g.String(), &g)
}

// ifAny is the sink if any line came.
func (s *shown) ifAny() *shown {
	if s.came.count == 0 {
		return nil
	}
	return s
}

// lost marks that the rest is missing because the Pod is gone.
func (s *shown) lost() error {
	if s.broken == nil {
		return nil
	}
	return s.mark(s.broken.String(), s.broken)
}

// goOn lets the sink take the log from elsewhere, where so many lines and parts of lines lead to the place where it broke off.
func (s *shown) goOn(after int, put func(stream, []byte) error) error {
	err := s.finish()
	s.resume, s.put, s.came, s.broken, s.within, s.skip = after, put, trail{}, nil, false, 0
	return err
}

// mark puts out words of our own.
func (s *shown) mark(words string, g *logs.Gap) error {
	if s.came.count < s.resume {
		return nil
	}
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

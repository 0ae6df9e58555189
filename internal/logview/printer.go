package logview

import (
	"regexp"
	"time"

	"github.com/stepherd/stepherd/internal/logfmt"
	"github.com/stepherd/stepherd/internal/logs"
)

// Printer is the sink of one container's log: it leaves out what is not wanted, makes text of the rest and puts it out. One
// goroutine uses it.
type Printer struct {
	Form  Form
	Put   func(Stream, []byte) error
	Since time.Time
	// Began is when the attempt did, if it is known: what is missing in a log of many before that is not its.
	Began time.Time
	Skip  int // whole lines to leave out, of those that are not older than since
	Grep  *regexp.Regexp
	// Whole, where there is one, reports whether a line of that stamp is the log's first one: whether nothing is missing before it,
	// although the log may seem to have begun before.
	Whole func(first time.Time) bool
	// resume is how many lines and parts of lines were shown before, from elsewhere.
	resume int
	// Heard, if there is one, is told of every line that comes, wanted or not; AtEnd that there will be none any more.
	Heard, AtEnd func()

	came   fingerprint
	cut    bool      // the last part that came is no whole one
	broken *logs.Gap // the Pod was gone before the log was read to its end
	within bool      // the last part that came was no line's end
	wanted bool      // the line at hand is wanted
	open   bool      // the last part that was put out was no line's end
	last   lastLines
	plain  []byte
	buf    []byte
}

// Line implements logs.Sink.
func (s *Printer) Line(l logs.Line, _ logs.Position) error {
	s.came.add(l.Text)
	s.cut = l.Continues && l.Unended
	if s.Heard != nil {
		s.Heard()
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
	s.last.add(logfmt.Collapse(l.Text), first)
	s.open = l.Continues
	s.buf = s.Form.line(s.buf[:0], l, first)
	return s.Put(ToOut, s.buf)
}

func (s *Printer) wants(l logs.Line) bool {
	switch {
	case !s.Since.IsZero() && l.Time.Before(s.Since):
		return false
	case s.Skip > 0:
		s.Skip--
		return false
	case s.Grep == nil:
		return true
	}
	s.plain = logfmt.AppendPlain(s.plain[:0], s.Form.visible(l.Text))
	return s.Grep.Match(s.plain)
}

// Gap implements logs.Sink. A gap that lies before what is wanted is none, and where a Pod is gone the rest may be kept elsewhere.
func (s *Printer) Gap(g logs.Gap) error {
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
	if g.AtBeginning() && s.Whole != nil && s.Whole(g.To) {
		return nil
	}
	if s.Skip > 0 || !g.To.IsZero() && (g.To.Before(s.Since) || g.To.Before(s.Began)) {
		return nil
	}
	return s.Mark(g.String(), &g)
}

// IfAny is the sink if any line came.
func (s *Printer) IfAny() *Printer {
	if s.came.count == 0 {
		return nil
	}
	return s
}

// Empty reports whether no line came.
func (s *Printer) Empty() bool { return s.came.count == 0 }

// LastLines are the last lines of what was wanted, oldest first, as any terminal may be given them.
func (s *Printer) LastLines() []string { return s.last.lines() }

// Finder looks in another copy of the log for the place to which this one has come.
func (s *Printer) Finder() *PlaceFinder { return &PlaceFinder{want: &s.came} }

// Lost marks that the rest is missing because the Pod is gone.
func (s *Printer) Lost() error {
	if s.broken == nil {
		return nil
	}
	return s.Mark(s.broken.String(), s.broken)
}

// Resume lets the sink take the log from elsewhere, where so many lines and parts of lines lead to the place where it broke off.
func (s *Printer) Resume(after int, put func(Stream, []byte) error) error {
	err := s.Finish()
	s.resume, s.Put, s.came, s.broken, s.within, s.Skip = after, put, fingerprint{}, nil, false, 0
	return err
}

// Mark puts out words of our own.
func (s *Printer) Mark(words string, g *logs.Gap) error {
	if s.came.count < s.resume {
		return nil
	}
	s.buf = s.buf[:0]
	if s.open {
		s.buf = s.Form.end(s.buf)
	}
	s.open, s.within = false, false
	if len(s.buf) > 0 {
		if err := s.Put(ToOut, s.buf); err != nil {
			return err
		}
	}
	text, to := s.Form.mark(s.buf[:0], words, g)
	s.buf = text
	return s.Put(to, text)
}

// Finish ends a line that was begun and does not go on.
func (s *Printer) Finish() error {
	if s.AtEnd != nil {
		s.AtEnd()
	}
	if !s.open {
		return nil
	}
	s.open = false
	s.buf = s.Form.end(s.buf[:0])
	if len(s.buf) == 0 {
		return nil
	}
	return s.Put(ToOut, s.buf)
}

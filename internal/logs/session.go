package logs

import (
	"cmp"
	"context"
	"fmt"
)

// session is one stream of a follower.
type session struct {
	*follower
	meter  countingReader
	reread *rereadFilter
	// repeated reports whether the line at hand came before.
	repeated bool
	// held is a line without a stamp: if it is the stream's last it is the kubelet's own words on why it ends, or on why there
	// is no log, which it appends to the log (pkg/kubelet/server/server.go, getContainerLogs, v1.35).
	held *Line
	// asked is the question that is under way, if one is.
	probing *probe
	// odd is such a line that was dropped as the rest of another.
	odd *Line
}

// take delivers what is new in a part.
func (s *session) take(ctx context.Context, p part) error {
	if p.first {
		s.repeated = s.reread.repeats(p)
	}
	if s.repeated {
		s.idle.touch()
		return nil
	}
	s.last.take(p.Line, p.first)
	whole := p
	p, fresh := s.drop.keep(p)
	if !fresh {
		s.odd = nil
		if whole.first && !whole.stamped {
			s.odd = whole.clone()
		}
		s.idle.touch()
		return nil
	}
	s.odd = nil
	if err := s.release(); err != nil {
		return err
	}
	if p.first {
		if err := s.maybeProbe(ctx); err != nil {
			return err
		}
	}
	s.gap = s.gap || p.first && s.lost(p)
	switch {
	case p.first && !p.stamped:
		s.held = p.clone()
	case p.cut:
		s.tail = p.clone()
	default:
		return s.deliver(p.Line)
	}
	return nil
}

// release delivers the line that was held: more has come after it.
func (s *session) release() error {
	if s.held == nil {
		return nil
	}
	l := *s.held
	s.held = nil
	return s.deliver(l)
}

// end is the stream's clean end, which is none if the kubelet gives a reason for it.
func (s *session) end() error {
	if words := cmp.Or(s.held, s.odd); words != nil {
		return fmt.Errorf("the kubelet ended the stream: %s", words.Text)
	}
	return nil
}

package logs

import "time"

// RotationInterval is how often a kubelet looks whether to rotate logs: containerLogMonitorInterval, 10 s unless it is set
// (pkg/kubelet/apis/config/v1beta1/defaults.go, v1.35).
const RotationInterval = 10 * time.Second

// lost reports whether lines are, or may be, missing before the line that begins with p.
func (s *session) lost(p part) bool {
	return s.pos.IsZero() && s.beginningLost(p) || s.drop.lost
}

// beginningLost reports whether a log may have had lines before its first one: a file may have been rotated away before the
// stream was opened. The API serves only the current file and tells neither that there were others nor how large it lets
// them grow. So all that is known is time: nothing can be lost that was not there for the kubelet to rotate, that is, if the
// stream was there, or the line was written, before it first looked. The line's stamp less the time that was waited for
// it is the time of the opening by the node's clock, in case ours is ahead of it.
func (s *session) beginningLost(p part) bool {
	if s.silent.IsZero() || !p.stamped {
		return false
	}
	border := s.silent.Add(RotationInterval)
	return s.opened.After(border) && p.Time.Add(-s.meter.waited).After(border)
}

// close notes, at the stream's end, what it was like, and that nothing was logged until then if nothing came.
func (s *session) close() {
	s.closed = time.Now()
	s.read += s.meter.total
	s.cancelProbe()
	if !s.silent.IsZero() && !s.opened.After(s.silent.Add(RotationInterval)) {
		s.silent = s.closed
	}
}

// broken marks that the rest of the log cannot be had, behind what came of a line that was not whole.
func (f *follower) broken(cause Cause) error {
	if l := f.tail; l != nil {
		f.tail = nil
		l.Continues, l.Unended = true, true
		if err := f.deliver(*l); err != nil {
			return err
		}
	}
	return f.mark(time.Time{}, cause)
}

package logs

import (
	"context"
	"errors"
	"io"
	"time"
)

// RotationInterval is how often a kubelet looks whether to rotate logs: containerLogMonitorInterval, 10 s unless it is set
// (pkg/kubelet/apis/config/v1beta1/defaults.go, v1.35).
const RotationInterval = 10 * time.Second

// lost says that lines are, or may be, missing before the line that begins with p.
func (s *session) lost(p part) bool {
	return s.pos.IsZero() && s.beginningLost(p) || s.drop.lost || s.skipped
}

// beginningLost says that a log may have had lines before its first one: a file may have been rotated away before the
// stream was opened. The API serves only the current file and says neither that there were others nor how large it lets
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

// ofOneFile says that the file that the node serves now has a line from about the time of the one that came last, or from
// before it: then it has all that was logged since, and no file was skipped. A node that cannot be asked within giveUp, or has
// rotated the log since, does not know.
func (s *session) ofOneFile(ctx context.Context, last time.Time) bool {
	s.pulse.beat.Store(busy)
	defer s.pulse.touch()
	ctx, cancel := context.WithTimeout(ctx, giveUp)
	defer cancel()
	for failures := 0; ctx.Err() == nil; failures++ {
		first, err := s.firstSince(ctx, last)
		switch {
		case err == nil:
			return !first.After(last.Add(time.Duration(disorder)))
		case errors.Is(err, io.EOF) || IsGone(err) || IsDenied(err):
			return false
		}
		pause(ctx, min(time.Second, firstBackoff<<min(failures, 10)))
	}
	return false
}

// firstSince is the stamp of the first line of the file that is served now, of those from the second of t on; io.EOF where
// there is none.
func (f *follower) firstSince(ctx context.Context, t time.Time) (time.Time, error) {
	stream, err := f.src.Open(ctx, f.c.Pod, f.c.Name, stampOf(t).second().time(), false)
	if err != nil {
		return time.Time{}, err
	}
	defer func() { _ = stream.Close() }() // what it would say was said by Read
	in := newParts(stream)
	for {
		p, err := in.next()
		switch {
		case p.first && p.stamped && (err == nil || p.cut):
			return p.Time, nil
		case err != nil:
			return time.Time{}, err
		}
	}
}

// close notes, at the stream's end, what it was like, and that nothing was logged until then if nothing came.
func (s *session) close() {
	s.closed = time.Now()
	s.read += s.meter.total
	if !s.silent.IsZero() && !s.opened.After(s.silent.Add(RotationInterval)) {
		s.silent = s.closed
	}
}

// broken marks that the rest of the log cannot be had, behind what came of a line that was not whole.
func (f *follower) broken(cause Cause) error {
	if l := f.tail; l != nil {
		f.tail = nil
		l.Continues, l.Unended = true, true
		if err := f.hand(*l); err != nil {
			return err
		}
	}
	return f.mark(time.Time{}, cause)
}

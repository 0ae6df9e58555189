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
	return s.pos.IsZero() && s.beginningLost(p) || s.drop.lost
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

// lookOut asks the node before a line, if it is time, whether it has begun a new file of the log, and hands on that it has.
func (s *session) lookOut(ctx context.Context) error {
	if s.relay == nil || s.pos.latest == noStamp || s.pos.partLen > 0 {
		return nil // what does not follow reads one file, and a line that was begun comes first
	}
	now := s.place(s.read + s.meter.total)
	if !s.files.due(now) {
		return nil
	}
	return s.askForNewFile(ctx, now, settle)
}

// lookBack does so at the log's end.
func (f *follower) lookBack(ctx context.Context) error {
	now := f.place(f.read)
	if !f.files.unsure(now) {
		return nil
	}
	return f.askForNewFile(ctx, now, giveUp)
}

// place is where the follower is.
func (f *follower) place(bytes int) place { return place{f.pos.latest, f.pulse.taken(), bytes} }

func (f *follower) askForNewFile(ctx context.Context, now place, limit time.Duration) error {
	first, known := f.firstLine(ctx, limit)
	if !known {
		f.files.unanswered(now)
		return nil
	}
	behind, is := f.files.begins(stampOf(first), now)
	if !is {
		return nil
	}
	return f.tell(Gap{From: behind.time(), To: first, Cause: CauseNewFile})
}

// firstLine is the stamp of the first line of the file that is served now. It insists for so long; false where the file is empty,
// too.
func (f *follower) firstLine(ctx context.Context, limit time.Duration) (time.Time, bool) {
	src, can := f.src.(Header)
	if !can {
		return time.Time{}, false
	}
	f.pulse.beat.Store(busy)
	defer f.pulse.touch()
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for failures := 0; ; failures++ {
		first, err := askFirst(ctx, src, f.c)
		if err == nil || ctx.Err() != nil || errors.Is(err, io.EOF) || IsGone(err) {
			return first, err == nil
		}
		pause(ctx, min(time.Second, firstBackoff<<min(failures, 10)))
	}
}

// askFirst asks once.
func askFirst(ctx context.Context, src Header, c Container) (time.Time, error) {
	stream, err := src.Head(ctx, c.Pod, c.Name)
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

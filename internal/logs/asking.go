package logs

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/stepherd/stepherd/internal/errs"
	"github.com/stepherd/stepherd/internal/retry"
)

// question is a node's file that is asked for while lines go on: whoever waited for the answer would hold them up.
type question struct {
	at     place
	answer chan answer
	cancel context.CancelFunc
}

// answer is the stamp of the first line of the file that is served; not known where there is none, too.
type answer struct {
	first time.Time
	known bool
}

// lookOut is called before a line. If it is time it asks the node whether it has begun a new file of the log, and it hands on
// that it has.
func (s *session) lookOut(ctx context.Context) error {
	src, can := s.src.(Header)
	switch {
	case !can || s.relay == nil || s.pos.latest == noStamp || s.pos.partLen > 0:
		return nil // what does not follow reads one file, and a line that was begun comes first
	case s.asked == nil:
		if now := s.place(s.read + s.meter.total); s.files.due(now) {
			s.asked = ask(ctx, src, s.c, now)
		}
		return nil
	}
	select {
	case a := <-s.asked.answer:
		at := s.asked.at
		s.asked = nil
		return s.hear(a, at)
	default:
		return nil
	}
}

// ask asks in a goroutine of its own, which ends with the answer.
func ask(ctx context.Context, src Header, c Container, at place) *question {
	ctx, cancel := context.WithTimeout(ctx, settle)
	q := &question{at: at, answer: make(chan answer, 1), cancel: cancel}
	go func() {
		defer cancel()
		q.answer <- insist(ctx, src, c)
	}()
	return q
}

// giveUpAsking ends a question that is under way, as one without an answer.
func (s *session) giveUpAsking() {
	if s.asked == nil {
		return
	}
	s.asked.cancel()
	<-s.asked.answer
	s.files.unanswered(s.asked.at)
	s.asked = nil
}

// lookBack asks at the log's end, and waits for the answer.
func (f *follower) lookBack(ctx context.Context) error {
	src, can := f.src.(Header)
	now := f.place(f.read)
	if !can || !f.files.unsure(now) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, giveUp)
	defer cancel()
	f.pulse.beat.Store(busy)
	a := insist(ctx, src, f.c)
	f.pulse.touch()
	return f.hear(a, now)
}

// hear takes the answer to a question that was asked somewhere in the log.
func (f *follower) hear(a answer, at place) error {
	if !a.known {
		f.files.unanswered(at)
		return nil
	}
	behind, is := f.files.begins(stampOf(a.first), at)
	if !is {
		return nil
	}
	return f.tell(Gap{From: behind.time(), To: a.first, Cause: CauseNewFile})
}

// place is where the follower is.
func (f *follower) place(bytes int) place { return place{f.pos.latest, f.pulse.taken(), bytes} }

// insist asks until there is an answer.
func insist(ctx context.Context, src Header, c Container) answer {
	for failures := 0; ; failures++ {
		first, err := askFirst(ctx, src, c)
		if err == nil || ctx.Err() != nil || errors.Is(err, io.EOF) || errs.IsNotFound(err) {
			return answer{first, err == nil}
		}
		_ = retry.Sleep(ctx, questionBackoff.Delay(failures)) // the loop looks at ctx
	}
}

// askFirst asks once for the stamp of the first line; io.EOF where there is none.
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

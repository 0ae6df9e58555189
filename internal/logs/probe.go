package logs

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/stepherd/stepherd/internal/errs"
	"github.com/stepherd/stepherd/internal/retry"
)

// probe is a request for a node's file that runs while lines go on: waiting for the answer would delay them.
type probe struct {
	at     checkpoint
	result chan probeResult
	cancel context.CancelFunc
}

// probeResult is the stamp of the first line of the file that is served; not known where there is none, too.
type probeResult struct {
	first time.Time
	known bool
}

// maybeProbe is called before a line. If it is time, it asks the node whether it has begun a new file of the log, and it reports
// that it has.
func (s *session) maybeProbe(ctx context.Context) error {
	src, can := s.src.(FirstLineReader)
	switch {
	case !can || s.reread == nil || s.pos.latest == noStamp || s.pos.partLen > 0:
		return nil // what does not follow reads one file, and a line that was begun comes first
	case s.probing == nil:
		if now := s.checkpoint(s.read + s.meter.total); s.rotation.due(now) {
			s.probing = startProbe(ctx, src, s.c, now)
		}
		return nil
	}
	select {
	case a := <-s.probing.result:
		at := s.probing.at
		s.probing = nil
		return s.onProbe(a, at)
	default:
		return nil
	}
}

// startProbe asks in a goroutine of its own, which ends with the answer.
func startProbe(ctx context.Context, src FirstLineReader, c Container, at checkpoint) *probe {
	ctx, cancel := context.WithTimeout(ctx, settle)
	q := &probe{at: at, result: make(chan probeResult, 1), cancel: cancel}
	go func() {
		defer cancel()
		q.result <- probeUntilAnswered(ctx, src, c)
	}()
	return q
}

// cancelProbe ends a question that is under way, as one without an answer.
func (s *session) cancelProbe() {
	if s.probing == nil {
		return
	}
	s.probing.cancel()
	<-s.probing.result
	s.rotation.unanswered(s.probing.at)
	s.probing = nil
}

// probeAtEnd asks at the log's end, and waits for the answer.
func (f *follower) probeAtEnd(ctx context.Context) error {
	src, can := f.src.(FirstLineReader)
	now := f.checkpoint(f.read)
	if !can || !f.rotation.unsure(now) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, giveUp)
	defer cancel()
	f.idle.beat.Store(busy)
	a := probeUntilAnswered(ctx, src, f.c)
	f.idle.touch()
	return f.onProbe(a, now)
}

// onProbe takes the answer to a question that was asked somewhere in the log.
func (f *follower) onProbe(a probeResult, at checkpoint) error {
	if !a.known {
		f.rotation.unanswered(at)
		return nil
	}
	behind, is := f.rotation.begins(stampOf(a.first), at)
	if !is {
		return nil
	}
	return f.tell(Gap{From: behind.time(), To: a.first, Cause: CauseNewFile})
}

// checkpoint is where the follower is.
func (f *follower) checkpoint(bytes int) checkpoint {
	return checkpoint{f.pos.latest, f.idle.taken(), bytes}
}

// probeUntilAnswered asks until there is an answer.
func probeUntilAnswered(ctx context.Context, src FirstLineReader, c Container) probeResult {
	for failures := 0; ; failures++ {
		first, err := readFirstStamp(ctx, src, c)
		if err == nil || ctx.Err() != nil || errors.Is(err, io.EOF) || errs.IsNotFound(err) {
			return probeResult{first, err == nil}
		}
		_ = retry.Sleep(ctx, probeBackoff.Delay(failures)) // the loop looks at ctx
	}
}

// readFirstStamp asks once for the stamp of the first line; io.EOF where there is none.
func readFirstStamp(ctx context.Context, src FirstLineReader, c Container) (time.Time, error) {
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

package logs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

const (
	// settle is how far the end of a stream and the news of the container's end may lie apart for the one to be the
	// other's consequence. The news takes the kubelet 0.4 s, under load a little more than a second.
	settle = 2 * time.Second

	// giveUp is how long, once the container has ended, nothing may come before its log is given up; maxInVain is how many
	// streams may then give nothing new.
	giveUp    = 10 * time.Second
	maxInVain = 8

	firstBackoff = 100 * time.Millisecond
	maxBackoff   = 5 * time.Second
)

// LostError says that a container's log, or the rest of it, could not be had after its end.
type LostError struct{ Cause error }

func (e *LostError) Error() string {
	return fmt.Sprintf("the rest of the log could not be had after the container's end: %v", e.Cause)
}

// Unwrap gives what the last attempt to read met.
func (e *LostError) Unwrap() error { return e.Cause }

// Read hands every line that the container has logged so far to sink, once and in order.
func Read(ctx context.Context, src Source, c Container, sink Sink) error {
	f := newFollower(src, c, sink)
	if err := f.stream(ctx, false); err != nil {
		return err
	}
	return f.finish()
}

// Follow hands every line of the container to sink, once and in order, until the container's log has ended (nil), ctx is
// done (its cause), the Pod is gone (IsGone) or may not be read (IsDenied), nothing came for 10 s after the container's end
// (*LostError), or sink fails (its error). Breaks are ridden out with back-off.
//
// When is a log at its end? The API server ends a stream cleanly also when its own connection to the kubelet broke (it
// ignores the error of the copy: apiserver/pkg/endpoints/handlers/responsewriters/writers.go, StreamObject, v1.35). So a
// clean end counts when it comes within 2 s of the stream's beginning or of the news that the container has ended;
// otherwise the log's last line, or another stream, must show that there is no more.
func Follow(ctx context.Context, src Source, c Container, sink Sink) error {
	ctx, cancel := context.WithCancelCause(ctx)
	f := newFollower(src, c, sink)
	guarded := make(chan struct{})
	go func() {
		defer close(guarded)
		f.pulse.guard(ctx, c.Ended, cancel)
	}()
	defer func() {
		cancel(nil)
		<-guarded
	}()
	err := f.follow(ctx)
	if errors.Is(context.Cause(ctx), errSilent) && f.sinkErr == nil && err != nil {
		err = &LostError{Cause: f.lastErr}
	}
	var lost *LostError
	switch {
	case errors.As(err, &lost):
		return cmp.Or(f.broken(CauseUnreadable), err)
	case f.sinkErr == nil && IsGone(err):
		return cmp.Or(f.broken(CausePodGone), err)
	}
	return err
}

func (f *follower) follow(ctx context.Context) error {
	inVain := 0
	for failures := 0; ; failures++ {
		before := f.lines
		err := f.stream(ctx, true)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case f.sinkErr != nil:
			return f.sinkErr
		case err == nil && f.atEnd(ctx):
			return f.finish()
		case IsGone(err) || IsDenied(err):
			return err
		case err != nil:
			f.lastErr = err
		}
		if _, ended := f.pulse.endedAt(); ended {
			inVain++
		}
		if f.lines > before {
			failures, inVain = 0, 0
		}
		if inVain == maxInVain {
			return &LostError{Cause: f.lastErr}
		}
		pause(ctx, min(maxBackoff, firstBackoff<<min(failures, 10)))
	}
}

// atEnd says whether the clean end of a stream that was just seen is that of the log.
func (f *follower) atEnd(ctx context.Context) bool {
	if f.c.Ended == nil {
		return true
	}
	now := time.Now()
	if ended, known := f.pulse.endedAt(); known {
		return now.Sub(ended) <= settle || now.Sub(f.opened) <= settle || f.reachedLast(ctx)
	}
	t := time.NewTimer(settle)
	defer t.Stop()
	select {
	case <-f.c.Ended:
		return true
	case <-t.C:
	case <-ctx.Done():
	}
	return false
}

// reachedLast says that the log's last line is the last that came. It cannot tell for a line that the runtime wrote in
// pieces, of which the last has a stamp of its own.
func (f *follower) reachedLast(ctx context.Context) bool {
	src, ok := f.src.(Tailer)
	if !ok {
		return false
	}
	stream, err := src.Tail(ctx, f.c.Pod, f.c.Name)
	if err != nil {
		return false
	}
	defer func() { _ = stream.Close() }() // what it would say was said by Read
	var last lastLine
	in := newParts(stream)
	for {
		p, err := in.next()
		if err == nil || p.cut {
			last.take(p.Line, p.first)
		}
		if err != nil {
			return errors.Is(err, io.EOF) && last == f.last
		}
	}
}

// finish hands on a last line that had no newline. Where the node has rotated the log and no line came since, what was
// logged last before may be lost.
func (f *follower) finish() error {
	if f.tail != nil {
		return f.hand(*f.tail)
	}
	if f.drop.outcome() == another {
		return f.mark(time.Time{}, CauseRotated)
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

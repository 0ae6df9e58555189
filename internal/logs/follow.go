package logs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/stepherd/stepherd/internal/errs"
	"github.com/stepherd/stepherd/internal/retry"
)

const (
	// giveUp is how long, once the container has ended, nothing may come before its log is given up; maxInVain is how many
	// streams may then give nothing new.
	giveUp    = 10 * time.Second
	maxInVain = 8
)

var (
	// streamBackoff is for a log that is opened again, questionBackoff for its first line.
	streamBackoff = retry.Backoff{First: 100 * time.Millisecond, Max: 5 * time.Second}
	probeBackoff  = retry.Backoff{First: 100 * time.Millisecond, Max: time.Second}
)

// LostError means that a container's log, or the rest of it, could not be had after its end.
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
	return f.finish(ctx)
}

// Follow hands every line of the container to sink, once and in order, until the container's log has ended (nil), ctx is
// done (its cause), the Pod is gone (errs.IsNotFound) or may not be read (errs.IsDenied, see Container.Allowed), nothing came for 10 s
// after the container's end (*LostError), or sink fails (its error). Breaks are ridden out with back-off.
func Follow(ctx context.Context, src Source, c Container, sink Sink) error {
	ctx, cancel := context.WithCancelCause(ctx)
	f := newFollower(src, c, sink)
	guarded := make(chan struct{})
	go func() {
		defer close(guarded)
		f.idle.guard(ctx, c.Ended, cancel)
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
	case f.sinkErr == nil && errs.IsNotFound(err):
		return cmp.Or(f.broken(CausePodGone), err)
	}
	return err
}

func (f *follower) follow(ctx context.Context) error {
	inVain, likely := 0, false
	for failures := 0; ; failures++ {
		before, after := f.lines, f.hasEnded()
		// For a container that has ended, no more lines are waited for, and so nothing is needed from a kubelet that may lack it.
		err := f.stream(ctx, !after)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case f.sinkErr != nil:
			return f.sinkErr
		case err == nil && f.atEnd(ctx, after && f.lines == before):
			return f.finish(ctx)
		case errs.IsNotFound(err) && likely:
			return f.finish(ctx)
		case errs.IsNotFound(err) || errs.IsDenied(err) && !f.c.Allowed && f.opened.IsZero():
			return err
		case err != nil:
			f.lastErr = err
		}
		likely = err == nil && f.likely()
		if f.hasEnded() {
			inVain++
		}
		if f.lines > before {
			failures, inVain = 0, 0
		}
		if inVain == maxInVain {
			return f.giveUp(ctx)
		}
		_ = retry.Sleep(ctx, streamBackoff.Delay(failures)) // the loop looks at ctx
	}
}

// giveUp ends a log if no stream came to its end; all lines may be there nevertheless.
func (f *follower) giveUp(ctx context.Context) error {
	if src, can := f.src.(LastLineReader); can && f.reachedLast(ctx, src) {
		return f.finish(ctx)
	}
	return &LostError{Cause: f.lastErr}
}

package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// operationLimit is many times what an operation takes, because the machine may be busy.
const operationLimit = 5 * time.Minute

// phase is a part of an operation that is told to the user.
type phase struct {
	name string
	do   func(context.Context) error
}

// runPhases prints a line for each phase: what it waits for, and how long it took.
func runPhases(ctx context.Context, out io.Writer, phases []phase) error {
	for _, p := range phases {
		fmt.Fprintf(out, "  %-44s", p.name)
		start := time.Now()
		if err := p.do(ctx); err != nil {
			fmt.Fprintln(out, " failed")
			return explain(ctx, p.name, err)
		}
		fmt.Fprintf(out, " %5.1f s\n", time.Since(start).Seconds())
	}
	return nil
}

// explain puts the cause first: what ended the operation says more than what was being waited for.
func explain(ctx context.Context, phase string, err error) error {
	switch cause := context.Cause(ctx); {
	case cause == nil:
		return err
	case errors.Is(cause, context.DeadlineExceeded):
		return fmt.Errorf("waited %v in vain for %s: %w", operationLimit, phase, err)
	case errors.Is(cause, context.Canceled):
		return errors.New("interrupted")
	default:
		return cause
	}
}

// poll tries until it succeeds. It is for what sends no event: a socket, a port, an API server
// that is not there yet or may go away while somebody waits for it.
func poll(ctx context.Context, try func(context.Context) error) error {
	for {
		err := try(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// whileHope ends a wait that another command has made vain; lost returns what happened, or nil. A
// command waits without the lock, so such a thing may happen at any time.
func whileHope(lost func() error, wait func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		ctx, giveUp := context.WithCancel(ctx)
		defer giveUp()
		watched := make(chan error, 1)
		go func() { watched <- watchHope(ctx, lost, giveUp) }()
		err := wait(ctx)
		giveUp()
		if why := <-watched; err != nil && why != nil {
			return why
		}
		return err
	}
}

func watchHope(ctx context.Context, lost func() error, giveUp func()) error {
	for {
		if why := lost(); why != nil {
			giveUp()
			return why
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(100 * time.Millisecond):
		}
	}
}

package cluster

import (
	"context"
	"time"
)

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

// Package retry has the waits between the tries of a call that failed, and waiting itself.
//
// Invariants: it knows nothing of what is tried, or for how long; a Backoff is a value without state, since those who try count
// their failures anyway and begin again after a success. That is why apimachinery's wait.Backoff does not serve: it counts by
// itself, ends after a number of steps, and adds its jitter on top of its cap. The policy of a run's attempts, which users
// configure, is not here but in internal/run.
package retry

import (
	"context"
	"math/rand/v2"
	"time"
)

// Backoff is a wait that doubles with every failure in a row, from First up to Max.
type Backoff struct{ First, Max time.Duration }

// APICalls is for calls to the API server.
var APICalls = Backoff{First: 100 * time.Millisecond, Max: 10 * time.Second}

// Delay returns the wait after so many earlier failures in a row; the first failure has 0.
func (b Backoff) Delay(failures int) time.Duration {
	d := b.First
	for range failures {
		if d >= b.Max/2 {
			return b.Max
		}
		d *= 2
	}
	return min(d, b.Max)
}

// Jittered returns between half of Delay and the whole of it, at random, so that many clients do not come back in the same
// instant to a server that has just come back.
func (b Backoff) Jittered(failures int) time.Duration {
	d := b.Delay(failures)
	return d - rand.N(d/2+1)
}

// Sleep waits, or returns the cause if the context has ended or ends meanwhile.
func Sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return context.Cause(ctx)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}

package retry_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stepherd/stepherd/internal/retry"
)

const ms = time.Millisecond

func TestDelay(t *testing.T) {
	b := retry.Backoff{First: 100 * ms, Max: 10 * time.Second}
	for failures, want := range map[int]time.Duration{
		0: 100 * ms, 1: 200 * ms, 2: 400 * ms, 6: 6400 * ms, 7: 10 * time.Second, 8: 10 * time.Second, 64: 10 * time.Second,
		math.MaxInt: 10 * time.Second,
	} {
		if got := b.Delay(failures); got != want {
			t.Errorf("after %d failures: %s, want %s", failures, got, want)
		}
	}
}

func TestDelayIsNeverAboveMax(t *testing.T) {
	b := retry.Backoff{First: 3 * time.Second, Max: 2 * time.Second}
	if got := b.Delay(0); got != 2*time.Second {
		t.Errorf("got %s", got)
	}
}

func TestJittered(t *testing.T) {
	b := retry.Backoff{First: 100 * ms, Max: time.Second}
	seen := map[time.Duration]bool{}
	for range 1000 {
		d := b.Jittered(9)
		if d < 500*ms || d > time.Second {
			t.Fatalf("%s is not in the upper half of 1s", d)
		}
		seen[d] = true
	}
	if len(seen) < 500 {
		t.Errorf("%d different waits of 1000", len(seen))
	}
}

func TestSleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		if err := retry.Sleep(t.Context(), time.Minute); err != nil || time.Since(begin) != time.Minute {
			t.Errorf("slept %s: %v", time.Since(begin), err)
		}
		why := errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(why) })
		begin = time.Now()
		if err := retry.Sleep(ctx, time.Minute); !errors.Is(err, why) || time.Since(begin) != time.Second {
			t.Errorf("slept %s: %v", time.Since(begin), err)
		}
		if err := retry.Sleep(ctx, 0); !errors.Is(err, why) {
			t.Errorf("no wait with a context that has ended: %v", err)
		}
		if err := retry.Sleep(t.Context(), -1); err != nil {
			t.Errorf("no wait: %v", err)
		}
	})
}

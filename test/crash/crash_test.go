//go:build cluster

package crash

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/stepherd/stepherd/internal/podspec"
)

// TestCrash disturbs the driver of each variant at each of its calls, in three ways.
func TestCrash(t *testing.T) {
	w := newWorld(t)
	ways := []struct {
		name    string
		points  string // what its points are called
		disturb func(*testing.T, *world, *reference, *count)
		sum     count
	}{
		{name: "driver dies", points: "crash points", disturb: driverDies},
		{name: "finished pod deleted", points: "crash points with a finished Pod deleted", disturb: finishedPodDeleted},
		{name: "two drivers", points: "races of two drivers", disturb: twoDrivers},
	}
	for _, v := range variants() {
		t.Run(v.name, func(t *testing.T) {
			r := w.referenceOf(t, v)
			for i := range ways {
				way := &ways[i]
				t.Run(way.name, func(t *testing.T) {
					c := newCount()
					way.disturb(t, w, r, c)
					c.stop()
					way.sum.plus(c)
					t.Logf("%d %s in variant %s (%s); %s", c.points, way.points, v.name, c.at(), c)
				})
			}
		})
	}
	var all count
	for i := range ways {
		t.Logf("%d %s in all; %s", ways[i].sum.points, ways[i].points, &ways[i].sum)
		all.plus(&ways[i].sum)
	}
	t.Logf("%s", &all)
}

// driverDies: right before and right after each of its calls, and another is started.
func driverDies(t *testing.T, w *world, r *reference, c *count) {
	eachDeath(r, func(k int, f fate) {
		c.add(w.try(t, r, fmt.Sprintf("%s call %d", f, k), func(ctx context.Context, tr *trial) (string, *victim) {
			call := tr.crash(ctx, f, k)
			if call != "" {
				tr.finish(ctx)
			}
			return call, nil
		}))
	})
	if c.points < r.calls {
		t.Errorf("only %d of %d drivers died", c.points, c.runs)
	}
}

// finishedPodDeleted: the same, and before the next driver is started the Pod of a step that succeeded is deleted.
func finishedPodDeleted(t *testing.T, w *world, r *reference, c *count) {
	var proofs [3]atomic.Int64
	eachDeath(r, func(k int, f fate) {
		what := fmt.Sprintf("%s call %d and a pod deleted", f, k)
		c.add(w.try(t, r, what, func(ctx context.Context, tr *trial) (string, *victim) {
			call := tr.crash(ctx, f, k)
			if call == "" {
				return "", nil
			}
			struck := tr.strike(ctx, k+int(f))
			tr.finish(ctx)
			if struck == nil {
				return "", nil
			}
			proofs[struck.proof].Add(1)
			return call, struck
		}))
	})
	if proofs[recorded].Load()+proofs[proven].Load() == 0 {
		t.Error("no Pod was deleted whose step must not run again")
	}
	t.Logf("its success was recorded in %d, proven by another Pod in %d, lost in %d",
		proofs[recorded].Load(), proofs[proven].Load(), proofs[lost].Load())
}

// eachDeath calls f for all of a driver's deaths.
func eachDeath(r *reference, f func(k int, f fate)) {
	sideBySide(2*r.calls, func(i int) { f(1+i/2, diesBefore+fate(i%2)) })
}

// twoDrivers: at every fifth call of a driver that lives on, a second one is started.
func twoDrivers(t *testing.T, w *world, r *reference, c *count) {
	sideBySide((r.calls+4)/5, func(i int) {
		k := 1 + 5*i
		c.add(w.try(t, r, fmt.Sprintf("second driver from call %d on", k), func(ctx context.Context, tr *trial) (string, *victim) {
			return tr.race(ctx, k), nil
		}))
	})
}

// crash lets the driver die at call k, and returns what call that is; empty if the run came to its end before.
func (tr *trial) crash(ctx context.Context, f fate, k int) string {
	first := tr.start(ctx, f, k)
	tr.ends(ctx, first, tr.variant.code)
	return first.call
}

// finish starts a driver that lives to the run's end.
func (tr *trial) finish(ctx context.Context) {
	tr.ends(ctx, tr.start(ctx, lives, 0), tr.variant.code)
}

// race starts a second driver at call k of the first, and returns what call that is; empty if the first had ended. Each finds
// the verdict or the other's record.
func (tr *trial) race(ctx context.Context, k int) string {
	tr.raced = true
	first := tr.start(ctx, lives, k)
	select {
	case <-first.reached:
	case <-first.ended:
	case <-ctx.Done():
	}
	second := tr.start(ctx, lives, 0)
	tr.ends(ctx, first, tr.variant.code, podspec.ExitLost)
	tr.ends(ctx, second, tr.variant.code, podspec.ExitLost)
	if first.code == podspec.ExitLost && second.code == podspec.ExitLost {
		tr.problem("both drivers left the run to the other")
	}
	return first.call
}

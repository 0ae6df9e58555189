//go:build cluster

package crash

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/driver"
)

// reference is what undisturbed runs of a variant come to.
type reference struct {
	variant  *variant
	pipeline *v1alpha1.Pipeline
	record   *v1alpha1.Record // timeless; nil until it is known
	calls    int              // of the driver that made most of them
}

// referenceOf runs a variant undisturbed: once alone for the record, and then as many abreast as there will be, because a
// driver makes more calls the longer its run takes.
func (w *world) referenceOf(t *testing.T, v *variant) *reference {
	r := &reference{variant: v, pipeline: v.pipeline(t)}
	var record v1alpha1.Record
	w.try(t, r, "undisturbed", func(ctx context.Context, tr *trial) (bool, *victim) {
		tr.resume(ctx)
		record, _ = tr.record(ctx) // check says what is wrong with it
		record = timeless(record, tr.id)
		return true, nil
	})
	if t.Failed() {
		t.Fatalf("variant %s does not come to its end even when it is not disturbed", v.name)
	}
	r.record = &record
	var most atomic.Int64
	sideBySide(abreast, func(int) {
		w.try(t, r, "undisturbed", func(ctx context.Context, tr *trial) (bool, *victim) {
			tr.resume(ctx)
			for n := tr.lives[0].calls.Load(); ; {
				if m := most.Load(); m >= n || most.CompareAndSwap(m, n) {
					return true, nil
				}
			}
		})
	})
	r.calls = int(most.Load())
	return r
}

// crash lets the driver die at call k. It says whether the driver lived to see that call.
func (tr *trial) crash(ctx context.Context, f fate, k int) bool {
	first := tr.start(ctx, f, k)
	tr.ends(ctx, first, tr.variant.code)
	return first.dead()
}

// resume starts a driver that lives to the run's end.
func (tr *trial) resume(ctx context.Context) {
	tr.ends(ctx, tr.start(ctx, lives, 0), tr.variant.code)
}

// TestDriverDies: before and after each of its calls.
func TestDriverDies(t *testing.T) {
	eachVariant(t, func(t *testing.T, w *world, r *reference, c *count) {
		sideBySide(2*r.calls, func(i int) {
			k, f := 1+i/2, diesBefore+fate(i%2)
			c.add(w.try(t, r, fmt.Sprintf("%s call %d", f, k), func(ctx context.Context, tr *trial) (bool, *victim) {
				if !tr.crash(ctx, f, k) {
					return false, nil
				}
				tr.resume(ctx)
				return true, nil
			}))
		})
		if c.points < r.calls {
			t.Errorf("only %d of %d drivers died", c.points, c.runs)
		}
		t.Logf("%d crash points in variant %s, of %d calls; %s", c.points, r.variant.name, r.calls, c)
	})
}

// TestFinishedPodDeleted: as TestDriverDies, and before the next driver is started the Pod of a step that succeeded is
// deleted.
func TestFinishedPodDeleted(t *testing.T) {
	eachVariant(t, func(t *testing.T, w *world, r *reference, c *count) {
		var proofs [3]atomic.Int64
		sideBySide(2*r.calls, func(i int) {
			k, f := 1+i/2, diesBefore+fate(i%2)
			what := fmt.Sprintf("%s call %d and a pod deleted", f, k)
			c.add(w.try(t, r, what, func(ctx context.Context, tr *trial) (bool, *victim) {
				if !tr.crash(ctx, f, k) {
					return false, nil
				}
				struck := tr.strike(ctx, i)
				if struck != nil {
					proofs[struck.proof].Add(1)
				}
				tr.resume(ctx)
				return struck != nil, struck
			}))
		})
		if proofs[recorded].Load() == 0 && proofs[proven].Load() == 0 {
			t.Error("no Pod was deleted that should not be missed")
		}
		t.Logf("%d crash points with a Pod deleted in variant %s: its success was recorded in %d, proven by another Pod in %d, lost in %d; %s",
			c.points, r.variant.name, proofs[recorded].Load(), proofs[proven].Load(), proofs[lost].Load(), c)
	})
}

// TestTwoDrivers: at every fifth call of a driver that lives on, a second one starts.
func TestTwoDrivers(t *testing.T) {
	eachVariant(t, func(t *testing.T, w *world, r *reference, c *count) {
		var lost atomic.Int64
		sideBySide((r.calls+4)/5, func(i int) {
			k := 1 + 5*i
			c.add(w.try(t, r, fmt.Sprintf("second driver from call %d on", k), func(ctx context.Context, tr *trial) (bool, *victim) {
				first := tr.start(ctx, lives, k)
				met := false
				select {
				case <-first.reached:
					met = true
				case <-first.ended:
				case <-ctx.Done():
				}
				second := tr.start(ctx, lives, 0)
				tr.ends(ctx, first, tr.variant.code, driver.ExitLost)
				tr.ends(ctx, second, tr.variant.code, driver.ExitLost)
				if first.code == driver.ExitLost || second.code == driver.ExitLost {
					lost.Add(1)
				}
				if first.code == driver.ExitLost && second.code == driver.ExitLost {
					tr.problem("both drivers left the run to the other")
				}
				return met, nil
			}))
		})
		t.Logf("%d races of two drivers in variant %s, in %d of which one found the other's record; %s", c.points, r.variant.name, lost.Load(), c)
	})
}

// eachVariant runs f for each variant, and sums up.
func eachVariant(t *testing.T, f func(*testing.T, *world, *reference, *count)) {
	w := newWorld(t)
	var sum count
	for _, v := range variants() {
		t.Run(v.name, func(t *testing.T) {
			r := w.referenceOf(t, v)
			c := count{began: time.Now()}
			f(t, w, r, &c)
			sum.points += c.points
			sum.runs += c.runs
			sum.took += time.Since(c.began)
		})
	}
	t.Logf("%d points in all; %s", sum.points, &sum)
}

// count counts runs, and those in which what was to happen did happen.
type count struct {
	mu           sync.Mutex
	points, runs int
	began        time.Time
	took         time.Duration
}

func (c *count) add(met bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.runs++
	if met {
		c.points++
	}
}

func (c *count) String() string {
	took := c.took
	if took == 0 {
		took = time.Since(c.began)
	}
	return fmt.Sprintf("%d runs in %s, %s a run", c.runs, took.Round(time.Second), (took / time.Duration(max(1, c.runs))).Round(time.Millisecond))
}

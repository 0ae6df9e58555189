//go:build cluster

package crash

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// reference is what undisturbed runs of a variant come to.
type reference struct {
	variant  *variant
	pipeline *v1alpha1.Pipeline
	record   *record.Record // timeless; nil until it is known
	calls    int            // of the driver that made most of them
}

// referenceOf runs a variant undisturbed: once alone for the record, and then as many abreast as there will be, because a
// driver makes more calls the longer its run takes.
func (w *world) referenceOf(t *testing.T, v *variant) *reference {
	r := &reference{variant: v, pipeline: v.pipeline(t)}
	var record record.Record
	w.try(t, r, "undisturbed", func(ctx context.Context, tr *trial) (string, *victim) {
		tr.finish(ctx)
		record, _ = tr.record(ctx) // check reports what is wrong with it
		record = timeless(record, tr.id)
		return "", nil
	})
	if t.Failed() {
		t.Fatalf("variant %s does not come to its end even when it is not disturbed", v.name)
	}
	r.record = &record
	var most atomic.Int64
	sideBySide(abreast, func(int) {
		w.try(t, r, "undisturbed", func(ctx context.Context, tr *trial) (string, *victim) {
			tr.finish(ctx)
			for n := tr.lives[0].calls.Load(); ; {
				if m := most.Load(); m >= n || most.CompareAndSwap(m, n) {
					return "", nil
				}
			}
		})
	})
	r.calls = int(most.Load())
	return r
}

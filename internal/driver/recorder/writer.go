package recorder

import (
	"context"
	"maps"
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/driver/steplogs"
	"github.com/stepherd/stepherd/internal/errs"
	"github.com/stepherd/stepherd/internal/retry"
)

// writeRate is what may be written on average, in bytes a second, so that no run can fill etcd.
const writeRate = 64 << 10

// writer is what the recorder's goroutine alone knows: what is to be written and when, and who waits for confirmation.
type writer struct {
	*Recorder
	timer *time.Timer
	// headSteps is the number of steps in the record's head.
	headSteps int
	// headResults reports whether the head tells that there are results.
	headResults bool

	latest Update // the newest state; its pieces are what the record lacks
	due    time.Time
	// affordable is when the average allows the next ordinary write.
	affordable time.Time
	// logsDue is when it is time to write how far logs are, which takes half of the average at most.
	logsDue, logsAffordable time.Time
	asking                  []chan<- struct{}

	failures int
	retryAt  time.Time
}

// accept merges a newer update from the loop.
func (w *writer) accept(ctx context.Context, u Update) {
	waiting := len(w.latest.Pieces) > 0
	if len(u.Logs) > 0 && len(w.latest.Logs) == 0 {
		w.logsDue = later(later(time.Now(), w.affordable), w.logsAffordable)
	}
	w.latest = w.latest.merge(u)
	due := later(time.Now().Add(u.Within), w.affordable)
	switch {
	case len(w.latest.Pieces) == 0:
		w.settle(ctx)
	case w.latest.Now:
		w.due = time.Now()
	case !waiting || due.Before(w.due):
		w.due = due
	}
}

// work does what is due. It reports whether this driver can go on.
func (w *writer) work(ctx context.Context) bool {
	if w.fresh() {
		w.release()
	}
	if time.Now().Before(w.retryAt) {
		return true
	}
	switch due := !time.Now().Before(w.due); {
	case len(w.latest.Pieces) > 0 && (due || w.proves() && !time.Now().Before(w.affordable)):
		return w.write(ctx, w.latest.Pieces)
	case len(w.latest.Logs) > 0 && !time.Now().Before(w.logsDue):
		return w.write(ctx, w.latest.Logs)
	case len(w.asking) > 0:
		return w.done(ctx, "confirm the record", w.call(func() error { return w.record.Check(ctx) }))
	}
	return true
}

// proves reports whether writing now would confirm to those who ask that the record is ours: the first piece has its holder.
func (w *writer) proves() bool { return len(w.asking) > 0 && w.latest.Pieces[0] }

// write saves pieces, with the newest of the state and of the logs.
func (w *writer) write(ctx context.Context, which map[int]bool) bool {
	record := w.latest.State.Record()
	which = w.withNewSteps(w.withResults(which, &record), len(record.Steps))
	pieces := slices.Sorted(maps.Keys(which))
	written := w.page.Load().Write(&record, pieces)
	var n int
	save := func() (err error) {
		n, err = w.record.Save(ctx, record, pieces)
		return err
	}
	var err error
	if which[0] {
		err = w.call(save)
	} else {
		err = save()
	}
	w.spend(n, len(w.latest.Pieces) == 0)
	if err == nil {
		w.headResults = w.headResults || which[0] && record.Head.HasResults
		w.log.Debug("record written", zap.Ints("pieces", pieces), zap.Int("bytes", n))
		w.wrote(ctx, pieces, written)
	}
	return w.done(ctx, "write the record", err)
}

// withResults returns pieces with the first one, whose head tells readers that there are results, where it has not told them yet.
func (w *writer) withResults(which map[int]bool, r *record.Record) map[int]bool {
	r.Head.HasResults = w.headResults || slices.ContainsFunc(r.Steps, func(s v1alpha1.StepStatus) bool { return len(s.Results) > 0 })
	all := maps.Clone(which)
	if r.Head.HasResults && !w.headResults {
		all[0] = true
	}
	return all
}

// withNewSteps returns pieces with those that hold the steps that the head is about to count for the first time.
func (w *writer) withNewSteps(which map[int]bool, steps int) map[int]bool {
	all := maps.Clone(which)
	for i := w.headSteps; all[0] && i < steps; i++ {
		all[i/record.StepsPerPiece] = true
	}
	return all
}

// spend takes what was written off the average.
func (w *writer) spend(bytes int, logs bool) {
	took := time.Duration(bytes) * time.Second / writeRate
	w.affordable = later(w.affordable, time.Now()).Add(took)
	if logs {
		w.logsAffordable = time.Now().Add(2 * took)
	}
}

// wrote notes what is in the record now.
func (w *writer) wrote(ctx context.Context, pieces []int, written []steplogs.WrittenLog) {
	waited := len(w.latest.Pieces) > 0
	for _, i := range pieces {
		delete(w.latest.Pieces, i)
		delete(w.latest.Logs, i)
		if i == 0 {
			w.headSteps = w.latest.State.Len()
		}
	}
	w.listener.SavedLogs(ctx, written)
	if waited && len(w.latest.Pieces) == 0 {
		w.settle(ctx)
	}
}

// settle tells the listener, and those that wait for Saved, that the record has everything.
func (w *writer) settle(ctx context.Context) {
	w.listener.Saved(ctx, w.latest.Version)
	if w.latest.Saved != nil {
		close(w.latest.Saved)
	}
	w.latest.Saved, w.latest.Now = nil, false
}

// release lets the workers go that wait for the confirmation that the record is ours.
func (w *writer) release() {
	for _, sure := range w.asking {
		close(sure)
	}
	w.asking = nil
}

// done notes the result of a call. It reports whether this driver can go on.
func (w *writer) done(ctx context.Context, call string, err error) bool {
	if err == nil {
		w.failures = 0
		if w.fresh() {
			w.release()
		}
		return true
	}
	if w.stops(ctx, err) || ctx.Err() != nil {
		return false
	}
	if errs.IsNotFound(err) {
		w.writeAll()
	}
	wait := retry.APICalls.Delay(w.failures)
	w.failures++
	w.retryAt = time.Now().Add(wait)
	w.listener.Retrying(call, err, wait)
	return true
}

// writeAll writes a record that was deleted again as a whole.
func (w *writer) writeAll() {
	all := Update{State: w.latest.State, Version: w.latest.Version, Pieces: map[int]bool{0: true}}
	for i := range w.latest.State.Record().Steps {
		all.Pieces[i/record.StepsPerPiece] = true
	}
	w.latest = w.latest.merge(all)
	w.due = time.Now()
}

// arm sets the timer for the next thing to do by itself.
func (w *writer) arm() {
	var at time.Time
	switch {
	case len(w.asking) > 0:
		at = w.retryAt
	case len(w.latest.Pieces) > 0:
		at = later(w.due, w.retryAt)
		if len(w.latest.Logs) > 0 && w.logsDue.Before(w.due) {
			at = later(w.logsDue, w.retryAt)
		}
	case len(w.latest.Logs) > 0:
		at = later(w.logsDue, w.retryAt)
	default:
		w.timer.Stop()
		return
	}
	w.timer.Reset(time.Until(at))
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

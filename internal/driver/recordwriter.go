package driver

import (
	"context"
	"maps"
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/driver/steplogs"
	"github.com/stepherd/stepherd/internal/errs"
	"github.com/stepherd/stepherd/internal/retry"
)

// recordWriter is what the recorder's goroutine alone knows: what is to be written and when, and who waits for confirmation.
type recordWriter struct {
	recorder *recorder
	timer    *time.Timer
	// told is of how many steps the record's head tells.
	told int

	latest saving // the newest state; its pieces are what the record has not got
	due    time.Time
	// affordable is when the average allows the next ordinary write.
	affordable time.Time
	// logsDue is when it is time to write how far logs are, which takes half of the average at most.
	logsDue, logsAffordable time.Time
	asking                  []chan<- struct{}

	failures int
	retryAt  time.Time
}

// accept takes a newer state from the loop.
func (w *recordWriter) accept(ctx context.Context, s saving) {
	waiting := len(w.latest.pieces) > 0
	if len(s.logs) > 0 && len(w.latest.logs) == 0 {
		w.logsDue = later(later(time.Now(), w.affordable), w.logsAffordable)
	}
	w.latest = w.latest.overtakenBy(s)
	due := later(time.Now().Add(s.within), w.affordable)
	switch {
	case len(w.latest.pieces) == 0:
		w.settle(ctx)
	case w.latest.now:
		w.due = time.Now()
	case !waiting || due.Before(w.due):
		w.due = due
	}
}

// work does what is due. It reports whether this driver can go on.
func (w *recordWriter) work(ctx context.Context) bool {
	if w.recorder.fresh() {
		w.release()
	}
	if time.Now().Before(w.retryAt) {
		return true
	}
	switch due := !time.Now().Before(w.due); {
	case len(w.latest.pieces) > 0 && (due || w.proves() && !time.Now().Before(w.affordable)):
		return w.write(ctx, w.latest.pieces)
	case len(w.latest.logs) > 0 && !time.Now().Before(w.logsDue):
		return w.write(ctx, w.latest.logs)
	case len(w.asking) > 0:
		return w.done(ctx, "confirm the record", w.recorder.call(func() error { return w.recorder.port.Check(ctx) }))
	}
	return true
}

// proves says that writing now would tell those who ask that the record is ours: the first piece has its holder.
func (w *recordWriter) proves() bool { return len(w.asking) > 0 && w.latest.pieces[0] }

// write saves pieces, with the newest of the state and of the logs.
func (w *recordWriter) write(ctx context.Context, which map[int]bool) bool {
	record := w.latest.state.Record()
	pieces := w.withTold(which, len(record.Steps))
	written := w.recorder.page.Load().Write(&record, pieces)
	var n int
	save := func() (err error) {
		n, err = w.recorder.port.Save(ctx, record, pieces)
		return err
	}
	var err error
	if which[0] {
		err = w.recorder.call(save)
	} else {
		err = save()
	}
	w.spend(n, len(w.latest.pieces) == 0)
	if err == nil {
		w.recorder.log.Debug("record written", zap.Ints("pieces", pieces), zap.Int("bytes", n))
		w.wrote(ctx, pieces, written)
	}
	return w.done(ctx, "write the record", err)
}

// withTold gives pieces, in order, with those that hold steps of which the head is about to tell for the first time: what it tells
// of is there.
func (w *recordWriter) withTold(which map[int]bool, steps int) []int {
	all := maps.Clone(which)
	for i := w.told; all[0] && i < steps; i++ {
		all[i/record.StepsPerPiece] = true
	}
	return slices.Sorted(maps.Keys(all))
}

// spend takes what was written off the average.
func (w *recordWriter) spend(bytes int, logs bool) {
	took := time.Duration(bytes) * time.Second / recordRate
	w.affordable = later(w.affordable, time.Now()).Add(took)
	if logs {
		w.logsAffordable = time.Now().Add(2 * took)
	}
}

// wrote takes note of what is in the record now.
func (w *recordWriter) wrote(ctx context.Context, pieces []int, written []steplogs.WrittenLog) {
	waited := len(w.latest.pieces) > 0
	for _, i := range pieces {
		delete(w.latest.pieces, i)
		delete(w.latest.logs, i)
		if i == 0 {
			w.told = w.latest.state.Len()
		}
	}
	w.recorder.inbox.send(ctx, recordedLogs{written})
	if waited && len(w.latest.pieces) == 0 {
		w.settle(ctx)
	}
}

// settle tells who waits for it that all is in the record.
func (w *recordWriter) settle(ctx context.Context) {
	w.recorder.inbox.send(ctx, recorded{w.latest.version})
	if w.latest.saved != nil {
		close(w.latest.saved)
	}
	w.latest.saved, w.latest.now = nil, false
}

// release tells the workers that wait that the record is ours.
func (w *recordWriter) release() {
	for _, sure := range w.asking {
		close(sure)
	}
	w.asking = nil
}

// done takes the outcome of a call.
func (w *recordWriter) done(ctx context.Context, what string, err error) bool {
	if err == nil {
		w.failures = 0
		if w.recorder.fresh() {
			w.release()
		}
		return true
	}
	if code, ended := ends(err); ended {
		w.recorder.inbox.send(ctx, broken{code: code, err: err})
		return false
	}
	if ctx.Err() != nil {
		return false
	}
	if errs.IsNotFound(err) {
		w.writeAll()
	}
	wait := retry.APICalls.Delay(w.failures)
	w.failures++
	w.retryAt = time.Now().Add(wait)
	logRetry(w.recorder.log, what, err, wait)
	return true
}

// writeAll makes a record anew that somebody deleted.
func (w *recordWriter) writeAll() {
	all := saving{state: w.latest.state, pieces: map[int]bool{0: true}}
	for i := range w.latest.state.Record().Steps {
		all.pieces[i/record.StepsPerPiece] = true
	}
	w.latest = w.latest.overtakenBy(all)
	w.due = time.Now()
}

// arm sets the timer for the next thing to do by itself.
func (w *recordWriter) arm() {
	var at time.Time
	switch {
	case len(w.asking) > 0:
		at = w.retryAt
	case len(w.latest.pieces) > 0:
		at = later(w.due, w.retryAt)
		if len(w.latest.logs) > 0 && w.logsDue.Before(w.due) {
			at = later(w.logsDue, w.retryAt)
		}
	case len(w.latest.logs) > 0:
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

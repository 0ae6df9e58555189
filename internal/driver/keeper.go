package driver

import (
	"context"
	"maps"
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/errs"
	"github.com/stepherd/stepherd/internal/retry"
)

// keeper is what the recorder's goroutine alone knows: what is to be written and when, and who waits for confirmation.
type keeper struct {
	*recorder
	timer *time.Timer
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
func (k *keeper) accept(ctx context.Context, s saving) {
	waiting := len(k.latest.pieces) > 0
	if len(s.logs) > 0 && len(k.latest.logs) == 0 {
		k.logsDue = later(later(time.Now(), k.affordable), k.logsAffordable)
	}
	k.latest = k.latest.overtakenBy(s)
	due := later(time.Now().Add(s.within), k.affordable)
	switch {
	case len(k.latest.pieces) == 0:
		k.settle(ctx)
	case k.latest.now:
		k.due = time.Now()
	case !waiting || due.Before(k.due):
		k.due = due
	}
}

// work does what is due. It says whether this driver can go on.
func (k *keeper) work(ctx context.Context) bool {
	if k.fresh() {
		k.release()
	}
	if time.Now().Before(k.retryAt) {
		return true
	}
	switch due := !time.Now().Before(k.due); {
	case len(k.latest.pieces) > 0 && (due || k.proves() && !time.Now().Before(k.affordable)):
		return k.write(ctx, k.latest.pieces)
	case len(k.latest.logs) > 0 && !time.Now().Before(k.logsDue):
		return k.write(ctx, k.latest.logs)
	case len(k.asking) > 0:
		return k.done(ctx, "confirm the record", k.call(func() error { return k.port.Check(ctx) }))
	}
	return true
}

// proves says that writing now would tell those who ask that the record is ours: the first piece has its holder.
func (k *keeper) proves() bool { return len(k.asking) > 0 && k.latest.pieces[0] }

// write saves pieces, with the newest of the state and of the logs.
func (k *keeper) write(ctx context.Context, which map[int]bool) bool {
	record := k.latest.state.Record()
	pieces := k.withTold(which, len(record.Steps))
	written := k.page.Load().write(&record, pieces)
	var n int
	save := func() (err error) {
		n, err = k.port.Save(ctx, record, pieces)
		return err
	}
	var err error
	if which[0] {
		err = k.call(save)
	} else {
		err = save()
	}
	k.spend(n, len(k.latest.pieces) == 0)
	if err == nil {
		k.log.Debug("record written", zap.Ints("pieces", pieces), zap.Int("bytes", n))
		k.wrote(ctx, pieces, written)
	}
	return k.done(ctx, "write the record", err)
}

// withTold gives pieces, in order, with those that hold steps of which the head is about to tell for the first time: what it tells
// of is there.
func (k *keeper) withTold(which map[int]bool, steps int) []int {
	all := maps.Clone(which)
	for i := k.told; all[0] && i < steps; i++ {
		all[i/record.StepsPerPiece] = true
	}
	return slices.Sorted(maps.Keys(all))
}

// spend takes what was written off the average.
func (k *keeper) spend(bytes int, logs bool) {
	took := time.Duration(bytes) * time.Second / recordRate
	k.affordable = later(k.affordable, time.Now()).Add(took)
	if logs {
		k.logsAffordable = time.Now().Add(2 * took)
	}
}

// wrote takes note of what is in the record now.
func (k *keeper) wrote(ctx context.Context, pieces []int, written []writtenLog) {
	waited := len(k.latest.pieces) > 0
	for _, i := range pieces {
		delete(k.latest.pieces, i)
		delete(k.latest.logs, i)
		if i == 0 {
			k.told = k.latest.state.Len()
		}
	}
	k.inbox.send(ctx, recordedLogs{written})
	if waited && len(k.latest.pieces) == 0 {
		k.settle(ctx)
	}
}

// settle tells who waits for it that all is in the record.
func (k *keeper) settle(ctx context.Context) {
	k.inbox.send(ctx, recorded{k.latest.version})
	if k.latest.saved != nil {
		close(k.latest.saved)
	}
	k.latest.saved, k.latest.now = nil, false
}

// release tells the workers that wait that the record is ours.
func (k *keeper) release() {
	for _, sure := range k.asking {
		close(sure)
	}
	k.asking = nil
}

// done takes the outcome of a call.
func (k *keeper) done(ctx context.Context, what string, err error) bool {
	if err == nil {
		k.failures = 0
		if k.fresh() {
			k.release()
		}
		return true
	}
	if code, ended := ends(err); ended {
		k.inbox.send(ctx, broken{code: code, err: err})
		return false
	}
	if ctx.Err() != nil {
		return false
	}
	if errs.IsNotFound(err) {
		k.writeAll()
	}
	wait := retry.APICalls.Delay(k.failures)
	k.failures++
	k.retryAt = time.Now().Add(wait)
	logRetry(k.log, what, err, wait)
	return true
}

// writeAll makes a record anew that somebody deleted.
func (k *keeper) writeAll() {
	all := saving{state: k.latest.state, pieces: map[int]bool{0: true}}
	for i := range k.latest.state.Record().Steps {
		all.pieces[i/record.StepsPerPiece] = true
	}
	k.latest = k.latest.overtakenBy(all)
	k.due = time.Now()
}

// arm sets the timer for the next thing to do by itself.
func (k *keeper) arm() {
	var at time.Time
	switch {
	case len(k.asking) > 0:
		at = k.retryAt
	case len(k.latest.pieces) > 0:
		at = later(k.due, k.retryAt)
		if len(k.latest.logs) > 0 && k.logsDue.Before(k.due) {
			at = later(k.logsDue, k.retryAt)
		}
	case len(k.latest.logs) > 0:
		at = later(k.logsDue, k.retryAt)
	default:
		k.timer.Stop()
		return
	}
	k.timer.Reset(time.Until(at))
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

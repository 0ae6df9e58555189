package recorder

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/driver/steplogs"
	"github.com/stepherd/stepherd/internal/retry"
)

// fenceAge is how old the last proof that the record is ours may be when something is done.
const fenceAge = 5 * time.Second

// Record is the run's record and the fence around its driver. It is used by one goroutine. Methods on its errors say
// more: Lost() bool that another driver has the record, Final() bool that the record cannot be had whatever happens,
// NotFound() bool that it was deleted. All other errors pass.
type Record interface {
	// Take makes this driver the holder and returns what the record says; one that does not exist begins with head. A
	// record with a verdict is not taken.
	Take(ctx context.Context, head record.Head) (record.Record, error)
	// Save writes the pieces (by index, see record.StepsPerPiece), the head with piece 0. It returns the bytes written.
	Save(ctx context.Context, record record.Record, pieces []int) (int, error)
	// Check asks whether this driver still is the holder.
	Check(ctx context.Context) error
}

// Listener learns what the record has. The recorder's goroutine calls it.
type Listener interface {
	// Taken receives the record, which is ours from now on unless it has a verdict.
	Taken(ctx context.Context, r record.Record)
	// Saved tells that the record has all that it was given up to that version.
	Saved(ctx context.Context, version int)
	// SavedLogs receives how far logs are according to the record.
	SavedLogs(ctx context.Context, all []steplogs.WrittenLog)
	// Retrying tells of a call that failed and will be made again.
	Retrying(call string, err error, wait time.Duration)
	// Stopped receives the error, Lost or Final, after which this driver cannot go on. Nothing follows it.
	Stopped(ctx context.Context, err error)
}

// Lost reports whether an error of the Record means that another driver has it.
func Lost(err error) bool {
	var lost interface{ Lost() bool }
	return errors.As(err, &lost) && lost.Lost()
}

// Final reports whether an error of the Record means that it cannot be had whatever happens.
func Final(err error) bool {
	var final interface{ Final() bool }
	return errors.As(err, &final) && final.Final()
}

// Recorder writes the record and is the fence. The goroutine of Run is the only one that uses the Record; the loop gives it the
// newest state, workers ask it for confirmation.
type Recorder struct {
	record   Record
	log      *zap.Logger
	listener Listener

	updates chan Update // from the loop; holds the newest that was not taken
	asks    chan chan<- struct{}

	// began is when the monotonic clock of contact begins.
	began time.Time
	// contact is when the latest call that proved the record to be ours was sent, in nanoseconds since began; a negative
	// one is none. SIGSTOP does not stop this clock.
	contact atomic.Int64
	// page is how far the logs are, as the loop knows it; what is written takes the newest along.
	page atomic.Pointer[steplogs.Page]
}

// New returns a recorder that does nothing before Run.
func New(r Record, log *zap.Logger, l Listener) *Recorder {
	rec := &Recorder{record: r, log: log, listener: l, updates: make(chan Update, 1), asks: make(chan chan<- struct{}), began: time.Now()}
	rec.contact.Store(-1)
	rec.page.Store(&steplogs.Page{})
	return rec
}

// Publish tells how far the logs are. It is for the loop alone.
func (r *Recorder) Publish(book steplogs.Book) {
	page := book.Page()
	r.page.Store(&page)
}

// Save gives an update to the recorder. It is for the loop alone, which never waits here: an update that was not taken yet is
// merged into this one.
func (r *Recorder) Save(u Update) {
	select {
	case old := <-r.updates:
		u = old.merge(u)
	default:
	}
	r.updates <- u
}

// Confirm waits until the record is known to have been ours within the last 5 s. It errs only when ctx ends.
func (r *Recorder) Confirm(ctx context.Context) error {
	for !r.fresh() {
		sure := make(chan struct{})
		select {
		case r.asks <- sure:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		select {
		case <-sure:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

func (r *Recorder) fresh() bool {
	at := r.contact.Load()
	return at >= 0 && time.Since(r.began)-time.Duration(at) < fenceAge
}

// call makes a call that proves, when it succeeds, that the record is ours; what counts is when it was sent.
func (r *Recorder) call(f func() error) error {
	sent := time.Since(r.began)
	err := f()
	if err == nil {
		r.contact.Store(int64(sent))
	}
	return err
}

// Run takes the record and keeps it until ctx is done or this driver cannot go on.
func (r *Recorder) Run(ctx context.Context, head record.Head) {
	head, ok := r.take(ctx, head)
	if !ok {
		return
	}
	w := writer{Recorder: r, headSteps: head.StepCount, headResults: head.HasResults, timer: time.NewTimer(0)}
	defer w.timer.Stop()
	for w.work(ctx) {
		w.arm()
		select {
		case <-ctx.Done():
			return
		case u := <-r.updates:
			w.accept(ctx, u)
		case sure := <-r.asks:
			w.asking = append(w.asking, sure)
			select {
			case u := <-r.updates: // writing it is as good a proof as reading
				w.accept(ctx, u)
			default:
			}
		case <-w.timer.C:
		}
	}
}

// take waits for the record and gives it to the listener. It returns its head, and whether there is a record to keep.
func (r *Recorder) take(ctx context.Context, head record.Head) (its record.Head, ok bool) {
	for failures := 0; ctx.Err() == nil; failures++ {
		var record record.Record
		err := r.call(func() (err error) {
			record, err = r.record.Take(ctx, head)
			return err
		})
		if err == nil {
			r.listener.Taken(ctx, record)
			return record.Head, !record.Head.Phase.Ended()
		}
		if r.stops(ctx, err) {
			return head, false
		}
		wait := retry.APICalls.Delay(failures)
		if ctx.Err() == nil {
			r.listener.Retrying("take the record", err, wait)
		}
		_ = retry.Sleep(ctx, wait) // the loop looks at ctx
	}
	return head, false
}

// stops reports whether this driver cannot go on after an error, and tells the listener.
func (r *Recorder) stops(ctx context.Context, err error) bool {
	if !Lost(err) && !Final(err) {
		return false
	}
	r.listener.Stopped(ctx, err)
	return true
}

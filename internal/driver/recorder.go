package driver

import (
	"context"
	"maps"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/driver/steplogs"
	"github.com/stepherd/stepherd/internal/retry"
	"github.com/stepherd/stepherd/internal/run"
)

const (
	// coalesce is how long an end may wait for others before the record is told: a failure or a skip, which must not be
	// forgotten. A cancel and the verdict do not wait.
	coalesce = 200 * time.Millisecond
	// coalesceSuccess is the same for a success, which its Pod tells, too, as long as it exists. Writing a piece for each
	// step that ends would cost more than two KiB and one request a step.
	coalesceSuccess = time.Second
	// coalesceLast is the same for the last success of a run: the verdict, which follows the Pod's terminal phase by a
	// second or two, takes it along.
	coalesceLast = 2 * time.Second
	// coalesceProven is the same for a success that a successor's Pod proves (package run, prove). It is below fenceAge,
	// so that a chain of short steps is never held up by the fence.
	coalesceProven = 4 * time.Second
	// recordRate is what may be written on average, in bytes a second, so that no run can fill etcd.
	recordRate = 64 << 10
	// fenceAge is how old the last proof that the record is ours may be when something is done.
	fenceAge = 5 * time.Second
)

// recorder writes the record and is the fence. Its goroutine is the only one that uses the port; the loop hands it the
// newest state, workers ask it for confirmation.
type recorder struct {
	port  Record
	log   *zap.Logger
	inbox inbox

	states chan saving // from the loop; holds the newest that was not taken
	asks   chan chan<- struct{}

	// began is when the monotonic clock of contact begins.
	began time.Time
	// contact is when the latest call that proved the record to be ours was sent, in nanoseconds since began; a negative
	// one is none. SIGSTOP does not stop this clock.
	contact atomic.Int64
	// page is how far the logs are, as the loop knows it; what is written takes the newest along.
	page atomic.Pointer[steplogs.Page]
}

// saving is a state and what of it the record has not got.
type saving struct {
	state run.State
	// version grows with each saving.
	version int
	pieces  map[int]bool
	// logs are pieces in which nothing is new but how far logs are.
	logs map[int]bool
	// within is how long it may wait for others; now says that it must not wait, nor for the average.
	within time.Duration
	now    bool
	// saved is closed when all of it is in the record; may be nil.
	saved chan struct{}
}

// publish lets the recorder have how far the logs are.
func (r *recorder) publish(book steplogs.Book) {
	page := book.Page()
	r.page.Store(&page)
}

func newRecorder(port Record, log *zap.Logger, in inbox) *recorder {
	r := &recorder{port: port, log: log, inbox: in, states: make(chan saving, 1), asks: make(chan chan<- struct{}), began: time.Now()}
	r.contact.Store(-1)
	r.page.Store(&steplogs.Page{})
	return r
}

// save hands over a state. It is for the loop alone, which never waits here: a state that was not taken yet is replaced.
func (r *recorder) save(s saving) {
	select {
	case old := <-r.states:
		s = old.overtakenBy(s)
	default:
	}
	r.states <- s
}

// overtakenBy is the newer of two states with what either must tell.
func (s saving) overtakenBy(newer saving) saving {
	newer.pieces = union(s.pieces, newer.pieces)
	newer.logs = union(s.logs, newer.logs)
	newer.now = newer.now || s.now
	if newer.saved == nil {
		newer.saved = s.saved
	}
	return newer
}

func union(a, b map[int]bool) map[int]bool {
	all := map[int]bool{}
	maps.Copy(all, a)
	maps.Copy(all, b)
	return all
}

// confirm waits until the record is known to have been ours within the last 5 s. It errs only when ctx ends.
func (r *recorder) confirm(ctx context.Context) error {
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

func (r *recorder) fresh() bool {
	at := r.contact.Load()
	return at >= 0 && time.Since(r.began)-time.Duration(at) < fenceAge
}

// call makes a call that proves, when it succeeds, that the record is ours; what counts is when it was sent.
func (r *recorder) call(f func() error) error {
	sent := time.Since(r.began)
	err := f()
	if err == nil {
		r.contact.Store(int64(sent))
	}
	return err
}

// take waits for the record, and gives it to the loop. It gives of how many
// steps its head tells, and whether there is a record to keep.
func (r *recorder) take(ctx context.Context, head record.Head) (steps int, ok bool) {
	for failures := 0; ctx.Err() == nil; failures++ {
		var record record.Record
		err := r.call(func() (err error) {
			record, err = r.port.Take(ctx, head)
			return err
		})
		if err == nil {
			r.inbox.send(ctx, taken{record})
			return record.Head.StepCount, !record.Head.Phase.Ended()
		}
		if !r.rideOut(ctx, "take the record", err, retry.APICalls.Delay(failures)) {
			return 0, false
		}
	}
	return 0, false
}

// rideOut waits for better weather; false if there will be none, which the loop is told.
func (r *recorder) rideOut(ctx context.Context, what string, err error, wait time.Duration) bool {
	if code, ended := ends(err); ended {
		r.inbox.send(ctx, broken{code: code, err: err})
		return false
	}
	if ctx.Err() == nil {
		logRetry(r.log, what, err, wait)
	}
	return retry.Sleep(ctx, wait) == nil
}

// run takes the record and keeps it until ctx is done or this driver cannot go on.
func (r *recorder) run(ctx context.Context, head record.Head) {
	told, ok := r.take(ctx, head)
	if !ok {
		return
	}
	k := recordWriter{recorder: r, told: told, timer: time.NewTimer(0)}
	defer k.timer.Stop()
	for k.work(ctx) {
		k.arm()
		select {
		case <-ctx.Done():
			return
		case s := <-r.states:
			k.accept(ctx, s)
		case sure := <-r.asks:
			k.asking = append(k.asking, sure)
			select {
			case s := <-r.states: // writing it is as good a proof as reading
				k.accept(ctx, s)
			default:
			}
		case <-k.timer.C:
		}
	}
}

package stdout

import (
	"context"
	"io"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/stepherd/stepherd/internal/logfmt"
	"github.com/stepherd/stepherd/internal/logs"
)

// slotBytes is how much of one log may wait for stdout, unless a single line is longer. It is small because a thousand logs
// may wait, and large because what waits is one Write.
const slotBytes = 4 << 10

// batchDelay is how long lines may wait for others to go with them, unless a slot is full before: a Write for each costs all who
// take part in it, down to the runtime that keeps them, more than the lines do.
const batchDelay = 2 * time.Millisecond

// Mux is the one writer of stdout. Each log has a slot of its own, and those in which lines wait are written in turn,
// each all that it holds with one Write: lines of different logs never mix, and a log that shouts takes no more turns than
// one that whispers. Adding to a full slot waits; only the log's follower adds to it.
type Mux struct {
	w   io.Writer
	log *zap.Logger
	// tracker is the writer's alone.
	acked ackTracker

	// mu guards what follows, and what slots hold. A lock, because a channel for each line costs as much as the line.
	mu     sync.Mutex
	ready  []*Queue
	closed bool
	spare  [][]byte
	// repeating are the slots with lines that a former driver may have printed.
	repeating []*Queue

	wake     chan struct{} // holds a token when there may be something to write
	full     chan struct{} // holds a token when somebody may wait for room
	drainReq chan struct{} // holds a token when settle waits
	Drained  chan struct{} // closed when all is written and read, once settle was called
	Done     chan struct{}
	writeProgress
}

// Queue is where lines of one log wait for stdout.
type Queue struct {
	out    *Mux
	of     LogOf
	Prefix string
	room   chan struct{} // holds a token when there may be room again

	// What the output's lock guards: what waits, how far the log is with it, and whether that is its end.
	buf    []byte
	after  logs.Position
	lines  int
	ended  bool
	queued bool
	// replay says where lines may come again, repeats that they do, and quiet when that is over if nothing more comes.
	Replay  logfmt.Replay
	repeats bool
	quiet   time.Time
}

// LogOf names a container's log.
type LogOf struct{ UID, Container string }

// New writes to w. tell is called, one call at a time, with how far the logs have been read from w: when
// unread returns that nothing of it is left in the pipe.
func New(w io.Writer, unread func() int, log *zap.Logger, tell func([]Progress)) *Mux {
	o := &Mux{
		w: w, log: log, wake: make(chan struct{}, 1), full: make(chan struct{}, 1), drainReq: make(chan struct{}, 1), Drained: make(chan struct{}), Done: make(chan struct{}),
		acked: ackTracker{unread: unread, tell: tell, places: map[LogOf]int{}},
	}
	o.writeProgress.unread = unread
	go o.run()
	return o
}

// Queue returns the queue of one log in front of stdout.
func (o *Mux) Queue(of LogOf, prefix string) *Queue {
	return &Queue{out: o, of: of, Prefix: prefix, room: make(chan struct{}, 1)}
}

// Close ends the writer once it has written what waits; Done is closed then. Nothing may be printed any more.
func (o *Mux) Close() {
	o.mu.Lock()
	o.closed = true
	o.mu.Unlock()
	signal(o.wake)
}

// Drain asks for quiet to be closed. It may be called once.
func (o *Mux) Drain() { signal(o.drainReq) }

// run is the writer.
func (o *Mux) run() {
	defer close(o.Done)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	settling, broken, due := false, false, false
	var wrote time.Time
	for {
		if due {
			broken = o.round(broken)
			wrote = time.Now()
		}
		now := time.Now()
		if settling || !now.Before(o.acked.next) {
			o.acked.check(now)
		}
		waits, over := o.state()
		if settling && !waits && o.acked.idle() {
			settling = false
			close(o.Drained)
		}
		if over {
			return
		}
		wake, rest := o.wake, min(o.acked.wait(now), o.endRepeats(now))
		if waits {
			wake, rest = nil, min(rest, batchDelay-now.Sub(wrote))
		}
		timer.Reset(rest)
		due = true
		select {
		case <-wake:
			due = time.Since(wrote) >= batchDelay
		case <-o.full:
		case <-o.drainReq:
			settling = true
		case <-timer.C:
		}
	}
}

// round writes what the slots have that are in line now, and reports whether stdout is broken.
func (o *Mux) round(broken bool) bool {
	o.mu.Lock()
	n := len(o.ready)
	o.mu.Unlock()
	for range n {
		broken = o.write(o.next(), broken)
	}
	return broken
}

// batch is what one slot has to write.
type batch struct {
	batch []byte
	Progress
}

// next takes what waits in the slot whose turn it is; there must be one.
func (o *Mux) next() batch {
	o.mu.Lock()
	defer o.mu.Unlock()
	s := o.ready[0]
	o.ready = o.ready[1:]
	t := batch{s.buf, Progress{LogOf: s.of, After: s.after, Lines: s.lines, Ended: s.ended}}
	s.buf, s.queued = nil, false
	signal(s.room)
	return t
}

// write writes what a slot has, and reports whether stdout is broken. Then how far logs are stays as it was: what stdout does
// not take is not printed.
func (o *Mux) write(t batch, broken bool) bool {
	if len(t.batch) > 0 {
		o.writeProgress.begin()
		n, err := o.w.Write(t.batch)
		o.writeProgress.end(n)
		if err != nil && !broken {
			o.log.Error("stdout takes no lines any more; the steps go on", zap.Error(err))
		}
		broken = broken || err != nil
		o.recycle(t.batch)
	}
	t.Lost = broken
	o.acked.wrote(t.Progress, len(t.batch))
	return broken
}

// recycle keeps a buffer for the next slot that needs one.
func (o *Mux) recycle(b []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.spare) < 64 {
		o.spare = append(o.spare, b[:0])
	}
}

// state reports whether something waits, and whether nothing more will.
func (o *Mux) state() (waits, over bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	waits = len(o.ready) > 0
	return waits, o.closed && !waits
}

// Line prints a line; after is how far the log is with it.
func (s *Queue) Line(ctx context.Context, l logs.Line, after logs.Position) error {
	if err := s.lock(ctx, len(s.Prefix)+len(l.Text)); err != nil {
		return err
	}
	s.repeat(s.Replay.Before(l))
	s.buf, s.after = logfmt.Append(s.buf, s.Prefix, l), after
	s.lines++
	s.unlock()
	return nil
}

// Mark prints a line of our own among the log's.
func (s *Queue) Mark(ctx context.Context, words string) error {
	if err := s.lock(ctx, len(s.Prefix)+len(words)); err != nil {
		return err
	}
	s.buf = logfmt.AppendMark(s.buf, s.Prefix, words)
	s.unlock()
	return nil
}

// End tells that nothing more comes.
func (s *Queue) End() {
	s.out.mu.Lock()
	s.repeat(s.Replay.End())
	s.ended = true
	s.unlock()
}

// lock waits for room for n bytes, and takes the output's lock. It errs when ctx ends.
func (s *Queue) lock(ctx context.Context, n int) error {
	for {
		s.out.mu.Lock()
		if len(s.buf) == 0 || len(s.buf)+n <= slotBytes {
			break
		}
		s.out.mu.Unlock()
		signal(s.out.full)
		select {
		case <-s.room:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	if n := len(s.out.spare); s.buf == nil && n > 0 {
		s.buf, s.out.spare = s.out.spare[n-1], s.out.spare[:n-1]
	}
	return nil
}

// unlock puts the slot in line for its turn.
func (s *Queue) unlock() {
	s.enqueue()
	s.out.mu.Unlock()
}

// enqueue puts the slot in line if it is not; the output's lock is held.
func (s *Queue) enqueue() {
	if !s.queued {
		s.queued = true
		s.out.ready = append(s.out.ready, s)
		signal(s.out.wake)
	}
}

// signal leaves a token in a channel that has room for one.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

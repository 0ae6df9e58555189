package archive

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/stepherd/stepherd/internal/logs"
)

var (
	errSilent = fmt.Errorf("the volume does not answer for %s", patience)
	errClosed = errors.New("it is closed")
)

// Log is one log that is being written: a logs.Sink. Its methods are for one goroutine; a second one, which is the log's
// own and ends with Close, writes what has come.
type Log struct {
	w     *Writer
	name  Name
	start logs.Position
	catch dedup

	mu     sync.Mutex
	next   buffer
	whole  bool
	failed error

	// begun tells that next has something, full that it is time to write it, taken that it was taken, closing that no
	// more will come.
	begun, full, taken chan struct{}
	closing, done      chan struct{}
}

func newLog(w *Writer, name Name, is existing) *Log {
	signal := func() chan struct{} { return make(chan struct{}, 1) }
	l := &Log{
		w: w, name: name, start: is.position,
		catch: dedup{on: !is.position.IsZero(), until: is.position, latest: is.position.Latest()},
		next:  buffer{open: is.open, after: is.position},
		begun: signal(), full: signal(), taken: signal(), closing: make(chan struct{}), done: make(chan struct{}),
	}
	k := &logWriter{log: l, is: is}
	go k.run()
	return l
}

// Position is how far the log had come when it was opened, safe from a crash.
func (l *Log) Position() logs.Position { return l.start }

// Line takes a line, or a part of one, unless the log has it already. It waits when the storage is slow.
func (l *Log) Line(line logs.Line, after logs.Position) error {
	if l.catch.hasLine(line, after) {
		return nil
	}
	return l.add(func(d *buffer) { d.line(line, after) })
}

// Gap takes a gap.
func (l *Log) Gap(g logs.Gap) error {
	g, fresh := l.catch.gapIn(g)
	if !fresh {
		return nil
	}
	return l.add(func(d *buffer) { d.gap(g) })
}

// add adds to the draft, once there is room.
func (l *Log) add(to func(*buffer)) error {
	if err := l.waitForRoom(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	before := l.next.size
	to(&l.next)
	l.w.held.Add(int64(l.next.size - before))
	if before == 0 {
		wake(l.begun)
	}
	if l.w.full(l.next.size) {
		wake(l.full)
	}
	return nil
}

// waitForRoom waits while the draft is full.
func (l *Log) waitForRoom() error {
	var limit *time.Timer
	for {
		l.mu.Lock()
		full, failed := l.w.full(l.next.size), l.failed
		l.mu.Unlock()
		if failed != nil {
			return failed
		}
		if !full {
			return nil
		}
		wake(l.full)
		if limit == nil {
			limit = time.NewTimer(l.w.patience())
			defer limit.Stop()
		}
		select {
		case <-l.taken:
		case <-l.done:
		case <-limit.C:
			l.giveUp()
		}
	}
}

// fail makes err the log's one error, unless it has one.
func (l *Log) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed == nil {
		l.failed = fmt.Errorf("write the archived log of %s: %w", l.name, err)
		l.w.held.Add(-int64(l.next.size))
		l.next.take()
	}
}

// giveUp ends the log because its storage does not answer.
func (l *Log) giveUp() {
	l.w.silent.Store(true)
	l.fail(errSilent)
}

// Close writes what has come; whole reports whether the log is at its end. It errs if not all is stored.
func (l *Log) Close(whole bool) error {
	l.mu.Lock()
	l.whole = whole
	l.mu.Unlock()
	close(l.closing)
	limit := time.NewTimer(l.w.patience())
	defer limit.Stop()
	select {
	case <-l.done:
	case <-limit.C:
		l.giveUp()
	}
	l.mu.Lock()
	err := l.failed
	l.mu.Unlock()
	l.fail(errClosed) // what comes after this is a mistake, and must not wait for ever
	return err
}

func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

package logview

import (
	"fmt"
	"io"
	"sync"
)

// Stream is where text goes: data to Out, what is said about it to Err.
type Stream int

// The streams.
const (
	ToOut Stream = iota
	ToErr
)

// text is text for both streams in the order in which it is to appear.
type text struct {
	bytes []byte
	runs  []textRun
}

// textRun is a stretch of text that goes to one stream.
type textRun struct {
	to  Stream
	end int // in bytes
}

func (t *text) add(to Stream, b []byte) {
	t.bytes = append(t.bytes, b...)
	if n := len(t.runs); n > 0 && t.runs[n-1].to == to {
		t.runs[n-1].end = len(t.bytes)
		return
	}
	t.runs = append(t.runs, textRun{to, len(t.bytes)})
}

func (t *text) clear() { t.bytes, t.runs = t.bytes[:0], t.runs[:0] }

// screenRoom is how much text may wait to be written. Who has more waits: a slow terminal slows the logs down, and memory
// does not grow.
const screenRoom = 64 << 10

// Screen is the one writer of Out and Err while logs are shown. Many goroutines put whole lines; what comes while a write
// is under way goes out with the next one, so that a flood costs few writes and a single line waits for nothing. Both
// streams keep one order between them: on a terminal they are the same Screen.
type Screen struct {
	out, err io.Writer
	done     chan struct{}

	mu         sync.Mutex
	work, room sync.Cond // there is something to write; what waited was taken
	waiting    text
	closed     bool
	failed     error
}

// NewScreen begins to write. The screen must be closed.
func NewScreen(out, err io.Writer) *Screen {
	s := &Screen{out: out, err: err, done: make(chan struct{})}
	s.work.L, s.room.L = &s.mu, &s.mu
	go s.run()
	return s
}

// Put hands over text, which may be changed afterwards. It waits for room, and gives the error of a write that failed.
func (s *Screen) Put(to Stream, b []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.failed == nil && len(s.waiting.bytes) > 0 && len(s.waiting.bytes)+len(b) > screenRoom {
		s.room.Wait()
	}
	if s.failed != nil {
		return s.failed
	}
	s.waiting.add(to, b)
	s.work.Signal()
	return nil
}

// Close writes what waits, ends the writer and returns its error. Nothing may be put after it.
func (s *Screen) Close() error {
	s.mu.Lock()
	s.closed = true
	s.work.Signal()
	s.mu.Unlock()
	<-s.done
	return s.failed
}

// Done is closed when nothing is written any more: the screen was closed, or a write has failed, which Err says then.
func (s *Screen) Done() <-chan struct{} { return s.done }

// Err is why nothing is written any more, once Done is closed; nil where the screen was closed.
func (s *Screen) Err() error { return s.failed }

func (s *Screen) run() {
	defer close(s.done)
	var taken text
	for {
		s.mu.Lock()
		for len(s.waiting.bytes) == 0 && !s.closed {
			s.work.Wait()
		}
		s.waiting, taken = taken, s.waiting
		s.room.Broadcast()
		s.mu.Unlock()
		if len(taken.bytes) == 0 {
			return
		}
		if err := s.write(taken); err != nil {
			s.fail(err)
			return
		}
		taken.clear()
	}
}

func (s *Screen) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failed = err
	s.room.Broadcast()
}

func (s *Screen) write(t text) error {
	from := 0
	for _, r := range t.runs {
		piece := t.bytes[from:r.end]
		from = r.end
		if r.to == ToErr {
			_, _ = s.err.Write(piece) // what is said in passing may go unheard
			continue
		}
		if _, err := s.out.Write(piece); err != nil {
			return fmt.Errorf("write the log: %w", err)
		}
	}
	return nil
}

// Writer is one of the streams for those who know nothing of screens.
func (s *Screen) Writer(to Stream) io.Writer { return screenWriter{s, to} }

type screenWriter struct {
	s  *Screen
	to Stream
}

// Write is of io.Writer.
func (w screenWriter) Write(b []byte) (int, error) {
	if err := w.s.Put(w.to, b); err != nil {
		return 0, err
	}
	return len(b), nil
}

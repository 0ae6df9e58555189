package launch

import (
	"fmt"
	"io"
	"sync"
)

// stream is where text goes: data to Out, what is said about it to Err.
type stream int

const (
	toOut stream = iota
	toErr
)

// text is text for both streams in the order in which it is to appear.
type text struct {
	bytes []byte
	runs  []textRun
}

// textRun is a stretch of text that goes to one stream.
type textRun struct {
	to  stream
	end int // in bytes
}

func (t *text) add(to stream, b []byte) {
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

// screen is the one writer of Out and Err while logs are shown. Many goroutines put whole lines; what comes while a write
// is under way goes out with the next one, so that a flood costs few writes and a single line waits for nothing. Both
// streams keep one order between them: on a terminal they are the same screen.
type screen struct {
	out, err io.Writer
	done     chan struct{}

	mu         sync.Mutex
	work, room sync.Cond // there is something to write; what waited was taken
	waiting    text
	closed     bool
	failed     error
}

func newScreen(out, err io.Writer) *screen {
	s := &screen{out: out, err: err, done: make(chan struct{})}
	s.work.L, s.room.L = &s.mu, &s.mu
	go s.run()
	return s
}

// put hands over text, which may be changed afterwards. It waits for room, and gives the error of a write that failed.
func (s *screen) put(to stream, b []byte) error {
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

// close writes what waits, ends the writer and gives its error. Nobody may put any more.
func (s *screen) close() error {
	s.mu.Lock()
	s.closed = true
	s.work.Signal()
	s.mu.Unlock()
	<-s.done
	return s.failed
}

func (s *screen) run() {
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

func (s *screen) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failed = err
	s.room.Broadcast()
}

func (s *screen) write(t text) error {
	from := 0
	for _, r := range t.runs {
		piece := t.bytes[from:r.end]
		from = r.end
		if r.to == toErr {
			_, _ = s.err.Write(piece) // what is said in passing may go unheard
			continue
		}
		if _, err := s.out.Write(piece); err != nil {
			return fmt.Errorf("write the log: %w", err)
		}
	}
	return nil
}

// writer is one of the streams for those who know nothing of screens.
func (s *screen) writer(to stream) io.Writer { return screenWriter{s, to} }

type screenWriter struct {
	s  *screen
	to stream
}

func (w screenWriter) Write(b []byte) (int, error) {
	if err := w.s.put(w.to, b); err != nil {
		return 0, err
	}
	return len(b), nil
}

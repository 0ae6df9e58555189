package logview

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
)

// gate is a writer that takes nothing before it is opened.
type gate struct {
	open chan struct{}
	mu   sync.Mutex
	b    bytes.Buffer
	n    int // writes
	err  error
}

func (g *gate) Write(p []byte) (int, error) {
	<-g.open
	g.mu.Lock()
	defer g.mu.Unlock()
	g.n++
	if g.err != nil {
		return 0, g.err
	}
	return g.b.Write(p)
}

// TestScreenKeepsOneOrder of both streams, and each line in one piece.
func TestScreenKeepsOneOrder(t *testing.T) {
	var same gate
	same.open = make(chan struct{})
	close(same.open)
	s := NewScreen(&same, &same)
	for i := range 1000 {
		if err := s.Put(Stream(i%2), fmt.Appendf(nil, "%d\n", i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	next := 0
	for line := range strings.Lines(same.b.String()) {
		if line != fmt.Sprintf("%d\n", next) {
			t.Fatalf("got %q after %d lines", line, next)
		}
		next++
	}
	if next != 1000 {
		t.Errorf("%d lines", next)
	}
}

// TestScreenIsBounded: writers wait while the terminal takes nothing, little is in memory, and all of it comes out in few
// writes once it takes something.
func TestScreenIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &gate{open: make(chan struct{})}
		s := NewScreen(out, out)
		const writers, lines = 8, 1000
		var wg sync.WaitGroup
		line := bytes.Repeat([]byte("x"), 1023)
		line = append(line, '\n')
		for range writers {
			wg.Go(func() {
				for range lines {
					if err := s.Put(ToOut, line); err != nil {
						t.Error(err)
					}
				}
			})
		}
		synctest.Wait()
		if n := len(s.waiting.bytes); n > screenRoom || n < screenRoom/2 {
			t.Errorf("%d bytes wait, of %d", n, screenRoom)
		}
		close(out.open)
		wg.Wait()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if out.b.Len() != writers*lines*len(line) {
			t.Errorf("%d bytes came out", out.b.Len())
		}
		if out.n > writers*lines {
			t.Errorf("%d writes", out.n)
		}
	})
}

// TestScreenFails: a write that fails ends those who wait, those who come, and the screen; what is said on Err may fail.
func TestScreenFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		full := errors.New("disk full")
		out, notes := &gate{open: make(chan struct{}), err: full}, &gate{open: make(chan struct{}), err: full}
		close(notes.open)
		s := NewScreen(out, notes)
		if err := s.Put(ToErr, []byte("unheard\n")); err != nil {
			t.Error(err)
		}
		ends := make(chan error, 2)
		for range 2 {
			go func() {
				for {
					if err := s.Put(ToOut, make([]byte, screenRoom/2)); err != nil {
						ends <- err
						return
					}
				}
			}()
		}
		synctest.Wait()
		close(out.open)
		for range 2 {
			if err := <-ends; !errors.Is(err, full) {
				t.Errorf("got %v", err)
			}
		}
		if err := s.Close(); !errors.Is(err, full) || err.Error() != "write the log: disk full" {
			t.Errorf("got %v", err)
		}
	})
}

// TestLane: what comes before the turn waits, within bounds; when the turn comes all of it goes on, in order.
func TestLane(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var on text
		l := NewPrefetch(func(to Stream, b []byte) error {
			on.add(to, b)
			return nil
		})
		const lines = 1000
		done := make(chan error, 1)
		go func() {
			for i := range lines {
				if err := l.Put(Stream(i%2), fmt.Appendf(nil, "%1023d\n", i)); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
		synctest.Wait()
		if n := len(l.waiting.bytes); n > laneRoom || n < laneRoom/2 || len(on.bytes) > 0 {
			t.Errorf("%d bytes wait, of %d; %d went on", n, laneRoom, len(on.bytes))
		}
		if err := l.Begin(); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		if len(on.bytes) != lines*1024 || len(on.runs) != lines {
			t.Errorf("%d bytes went on, in %d runs", len(on.bytes), len(on.runs))
		}
	})
}

// TestLaneEnds: who waits for a turn that will not come is told.
func TestLaneEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewPrefetch(nil)
		done := make(chan error, 1)
		go func() {
			err := error(nil)
			for err == nil {
				err = l.Put(ToOut, make([]byte, laneRoom/2))
			}
			done <- err
		}()
		synctest.Wait()
		l.End()
		if err := <-done; !errors.Is(err, errNotWanted) {
			t.Errorf("got %v", err)
		}
	})
}

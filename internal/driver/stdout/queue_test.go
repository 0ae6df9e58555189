package stdout

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"github.com/stepherd/stepherd/internal/logs"
)

// paper is a stdout that takes time for each Write.
type paper struct {
	mu     sync.Mutex
	takes  time.Duration
	writes []string
}

func (p *paper) Write(b []byte) (int, error) {
	time.Sleep(p.takes) // virtual time
	p.mu.Lock()
	defer p.mu.Unlock()
	p.writes = append(p.writes, string(b))
	return len(b), nil
}

// TestFairness: behind nineteen logs that shout, a line of one that whispers waits for one turn of each.
func TestFairness(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &paper{takes: 10 * time.Millisecond}
		out := New(w, func() int { return 0 }, zap.NewNop(), func([]Progress) {})
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		for i := range 19 {
			s := out.Queue(LogOf{fmt.Sprint(i), "main"}, "loud | ")
			all.Go(func() {
				for s.Line(ctx, logs.Line{Text: []byte(strings.Repeat("x", 100))}, logs.Position{}) == nil { // until cancel
				}
			})
		}
		time.Sleep(time.Second + w.takes/2) // not at a Write's end
		w.mu.Lock()
		before := len(w.writes)
		w.mu.Unlock()
		quiet := out.Queue(LogOf{"quiet", "main"}, "quiet | ")
		if err := quiet.Line(ctx, logs.Line{Text: []byte("psst")}, logs.Position{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		cancel()
		all.Wait()
		out.Close()
		<-out.Done
		for i, text := range w.writes[before:] {
			if len(text) > slotBytes {
				t.Errorf("a Write of %d bytes", len(text))
			}
			if text == "quiet | psst\n" {
				if i > 20 {
					t.Errorf("it waited for %d turns", i)
				}
				return
			}
		}
		t.Error("it never came")
	})
}

// TestOrderWithinALog: lines stay in their order, whole, and none is lost, also those that are longer than a slot.
func TestOrderWithinALog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &paper{takes: time.Millisecond}
		out := New(w, func() int { return 0 }, zap.NewNop(), func([]Progress) {})
		var all sync.WaitGroup
		for i := range 5 {
			prefix := fmt.Sprintf("s%d | ", i)
			s := out.Queue(LogOf{prefix, "main"}, prefix)
			all.Go(func() {
				for n := range 3000 {
					text := fmt.Sprintf("%d", n)
					if n%1000 == 500 {
						text += strings.Repeat("x", 2*slotBytes)
					}
					if err := s.Line(t.Context(), logs.Line{Text: []byte(text)}, logs.Position{}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		out.Close()
		<-out.Done
		next := map[string]int{}
		for line := range strings.Lines(strings.Join(w.writes, "")) {
			prefix, text, _ := strings.Cut(line, " | ")
			if want := fmt.Sprint(next[prefix]); strings.TrimRight(text, "x\n") != want {
				t.Fatalf("%s: got %.20q, want %s", prefix, text, want)
			}
			next[prefix]++
		}
		for prefix, n := range next {
			if n != 3000 {
				t.Errorf("%s: %d lines", prefix, n)
			}
		}
	})
}

// TestProgressIsOfWhatWasRead: how far a log was printed is told when the pipe has been read up to there, and not before.
func TestProgressIsOfWhatWasRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		unread := 0
		told := make(chan []Progress, 10)
		w := &paper{}
		out := New(w, func() int {
			mu.Lock()
			defer mu.Unlock()
			return unread
		}, zap.NewNop(), func(all []Progress) { told <- all })
		set := func(n int) {
			mu.Lock()
			defer mu.Unlock()
			unread = n
		}
		set(1)
		s := out.Queue(LogOf{"u", "main"}, "a | ")
		if err := s.Line(t.Context(), logs.Line{Text: []byte("1")}, logs.Position{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		s.End()
		time.Sleep(time.Minute)
		if len(told) > 0 {
			t.Fatalf("told %+v, and nobody has read it", <-told)
		}
		set(0)
		time.Sleep(2 * askEvery)
		first, second := <-told, <-told
		if len(first) != 1 || first[0].Ended || len(second) != 1 || !second[0].Ended || second[0].UID != "u" {
			t.Errorf("told %+v and %+v", first, second)
		}
		out.Close()
		<-out.Done
	})
}

package run

import (
	"fmt"
	"math/rand"
	"runtime"
	"testing"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/expr"
)

// BenchmarkRuns plays whole runs that succeed: three events a step (seen, succeeded, terminal). A run of 10,000 steps must
// cost no more than tens of microseconds an event, whatever its shape.
func BenchmarkRuns(b *testing.B) {
	b.Run("random graph of 10000", func(b *testing.B) { benchmarkRuns(b, randomGraph(b, 10_000)) })
	for _, shape := range []struct {
		name        string
		layers, per int
		parallelism int32
	}{
		{"chain of 1000", 1000, 1, 0},
		{"chain of 10000", 10_000, 1, 0},
		{"fan of 1000", 1, 1000, 0},
		{"fan of 10000", 1, 10_000, 0},
		{"fan of 10000, parallelism 20", 1, 10_000, 20},
		{"layers 10x10", 10, 10, 0},
		{"layers 100x100", 100, 100, 0},
		{"layers 2x1000", 2, 1000, 0},
	} {
		b.Run(shape.name, func(b *testing.B) {
			benchmarkRuns(b, layered(b, shape.layers, shape.per, shape.parallelism))
		})
	}
}

func benchmarkRuns(b *testing.B, plan *Plan) {
	b.ReportAllocs()
	events := 0
	for b.Loop() {
		events = playOut(b, plan)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(events)/1000, "µs/event")
}

// randomGraph makes n steps, each of which needs up to four of the hundred before it.
func randomGraph(tb testing.TB, n int) *Plan {
	tb.Helper()
	rng := rand.New(rand.NewSource(1))
	p := &v1alpha1.Pipeline{}
	for i := range n {
		step := v1alpha1.Step{Name: fmt.Sprintf("s%d", i)}
		for _, k := range rng.Perm(min(i, 100))[:min(i, rng.Intn(5))] {
			step.Needs = append(step.Needs, fmt.Sprintf("s%d", i-1-k))
		}
		p.Steps = append(p.Steps, step)
	}
	plan, err := NewPlan(p, nil, expr.RunInfo{})
	if err != nil {
		tb.Fatal(err)
	}
	return plan
}

// TestEventsAreCheap counts bytes, which a busy machine does not change: an event of a run of 10,000 steps copies a few
// kilobytes, not the run.
func TestEventsAreCheap(t *testing.T) {
	plan := layered(t, 100, 100, 0)
	s, _ := Next(plan, New(plan), Restored{Now: clock(0)})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	const events = 200
	for k := range events {
		end := EndNone
		if k >= events/2 {
			end = EndSucceeded
		}
		s, _ = Next(plan, s, PodSeen{clock(1), aPod(fmt.Sprintf("s0-%d", k%100), func(p *Pod) { p.End = end })})
	}
	runtime.ReadMemStats(&after)
	if got := (after.TotalAlloc - before.TotalAlloc) / events; got > 20<<10 {
		t.Errorf("an event takes %d bytes", got)
	}
	if got := s.Step(9_999); got.Phase != v1alpha1.StepWaiting {
		t.Errorf("got %+v", got)
	}
}

// layered makes layers of which each step needs all of the layer before.
func layered(tb testing.TB, layers, per int, parallelism int32) *Plan {
	tb.Helper()
	p := &v1alpha1.Pipeline{Parallelism: parallelism}
	var before, names []string
	for l := range layers {
		names = nil
		for i := range per {
			name := fmt.Sprintf("s%d-%d", l, i)
			names = append(names, name)
			p.Steps = append(p.Steps, v1alpha1.Step{Name: name, Needs: before})
		}
		before = names
	}
	plan, err := NewPlan(p, nil, expr.RunInfo{})
	if err != nil {
		tb.Fatal(err)
	}
	return plan
}

// playOut lets everything succeed and counts the events.
func playOut(tb testing.TB, plan *Plan) int {
	tb.Helper()
	s := New(plan)
	var queue []Pod
	events := 0
	feed := func(e Event) {
		events++
		var actions []Action
		s, actions = Next(plan, s, e)
		for _, a := range actions {
			if c, ok := a.(CreatePod); ok {
				queue = append(queue, aPod(c.Step, nil))
			}
		}
	}
	feed(Restored{Now: clock(0)})
	for len(queue) > 0 {
		batch := queue
		queue = nil
		for round := range 3 {
			for _, pod := range batch {
				pod.Node = "node"
				if round > 0 {
					pod.End = EndSucceeded
				}
				pod.Terminal = round == 2
				feed(PodSeen{clock(time.Duration(events)), pod})
			}
		}
	}
	if f, _ := s.Verdict(); f.Phase != v1alpha1.RunSucceeded {
		tb.Fatalf("got %+v", f)
	}
	return events
}

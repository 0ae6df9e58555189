package logs_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stepherd/stepherd/internal/logs"
)

// node is a container and its node, in virtual time: a log that is loud at times, and rotations; each one keeps from the
// stream what came at that moment.
type node struct {
	t       *testing.T
	lines   []record // at is since epoch
	missing []int    // of lines
	files   []int    // the lines with which files begin
	fails   func() bool

	heads, failed int
	dies          time.Time // the one who follows
	came          []string
	at            logs.Position
	gaps          []logs.Gap
}

const (
	lineBytes = 500
	// rate is how many lines a second a loud stretch has: enough for a rotation in each interval.
	rate = 10
)

// logs writes lines for a while.
func (n *node) logs(from, to time.Duration, pause time.Duration) {
	for at := from; at < to; at += pause {
		n.lines = append(n.lines, record{at: at, text: fmt.Sprintf("%d %s", len(n.lines), strings.Repeat("x", lineBytes))})
	}
}

// rotates lets a file begin behind some lines that are lost.
func (n *node) rotates(at time.Duration, lost int) {
	i, _ := slices.BinarySearchFunc(n.lines, at, func(r record, at time.Duration) int { return int(r.at - at) })
	for ; lost > 0 && i < len(n.lines)-1; lost-- {
		n.missing = append(n.missing, i)
		i++
	}
	n.files = append(n.files, i)
}

// Open is of logs.Source: it follows as the lines are written.
func (n *node) Open(_ context.Context, _, _ string, since time.Time, _ bool) (io.ReadCloser, error) {
	s := &nodeStream{n: n, next: n.first()}
	for s.next < len(n.lines) && epoch.Add(n.lines[s.next].at).Before(since) {
		s.next++
	}
	return s, nil
}

// first is the line with which the file begins by now.
func (n *node) first() int {
	first := 0
	for _, f := range n.files {
		if !epoch.Add(n.lines[f].at).After(time.Now()) {
			first = f
		}
	}
	return first
}

type nodeStream struct {
	n    *node
	next int
}

func (s *nodeStream) Read(b []byte) (int, error) {
	for ; s.next < len(s.n.lines); s.next++ {
		if slices.Contains(s.n.missing, s.next) {
			continue
		}
		time.Sleep(time.Until(epoch.Add(s.n.lines[s.next].at))) // virtual
		s.next++
		return copy(b, file(s.n.lines[s.next-1:s.next], time.Time{})), nil
	}
	return 0, io.EOF
}

func (s *nodeStream) Close() error { return nil }

// Head is of logs.FirstLineReader.
func (n *node) Head(context.Context, string, string) (io.ReadCloser, error) {
	n.heads++
	if n.fails != nil && n.fails() {
		n.failed++
		return nil, errBroken
	}
	first := n.first()
	head := file(n.lines[first:first+1], time.Time{})
	return io.NopCloser(strings.NewReader(string(head[:64]))), nil
}

func (n *node) Line(l logs.Line, after logs.Position) error {
	if !n.dies.IsZero() && l.Time.After(n.dies) {
		return errDead
	}
	number, _, _ := strings.Cut(string(l.Text), " ")
	n.came, n.at = append(n.came, number), after
	return nil
}

func (n *node) Gap(g logs.Gap) error {
	n.gaps = append(n.gaps, g)
	return nil
}

// follow follows the log to its end, and sees that what is missing is told.
func (n *node) follow(c logs.Container) {
	n.t.Helper()
	time.Sleep(time.Until(epoch)) // virtual
	err := logs.Follow(n.t.Context(), n, c, n)
	if errors.Is(err, errDead) {
		n.dies, c.From = time.Time{}, n.at
		err = logs.Follow(n.t.Context(), n, c, n)
	}
	if err != nil || len(n.came)+len(n.missing) != len(n.lines) {
		n.t.Errorf("%d of %d lines came, %d are missing: %v", len(n.came), len(n.lines), len(n.missing), err)
	}
	for _, i := range n.missing {
		at := epoch.Add(n.lines[i].at)
		if !slices.ContainsFunc(n.gaps, func(g logs.Gap) bool { return g.Late() && !g.From.After(at) && !g.To.Before(at) }) {
			n.t.Errorf("line %d, of %s, is missing, and no gap is there; gaps %v, files %v", i, n.lines[i].at, n.gaps, n.files)
		}
	}
}

// TestNewFiles: what a node is asked while a log is followed, and what is told.
func TestNewFiles(t *testing.T) {
	const s = time.Second
	silence := func(from, to time.Duration) func() bool {
		return func() bool {
			now := time.Since(epoch)
			return now >= from && now < to
		}
	}
	tests := []struct {
		name    string
		loud    []time.Duration // from, to, from, to
		quiet   time.Duration   // from 0 on a line a second
		rotates []time.Duration
		fails   func() bool
		dies    time.Duration
		gaps    []string // when each begins and ends, in seconds
		heads   int
	}{
		{name: "no rotation", loud: []time.Duration{0, 35 * s}, heads: 4},
		{name: "quiet, and rotated", quiet: 600 * s, rotates: []time.Duration{300 * s}},
		{name: "loud, and rotated", loud: []time.Duration{0, 25 * s}, rotates: []time.Duration{12 * s}, gaps: []string{"10.0-12.3"}, heads: 3},
		{name: "rotated in the last moment", loud: []time.Duration{0, 22 * s}, rotates: []time.Duration{21 * s}, gaps: []string{"20.0-21.3"}, heads: 3},
		{name: "rotated when it begins to be loud", quiet: 100 * s, loud: []time.Duration{105 * s, 130 * s}, rotates: []time.Duration{106 * s}, gaps: []string{"90.0-106.3"}, heads: 3},
		{name: "the node does not answer at first", loud: []time.Duration{0, 35 * s}, rotates: []time.Duration{12 * s}, fails: silence(20*s, 29*s), gaps: []string{"10.0-12.3"}, heads: 9},
		{name: "the node does not answer at the end", loud: []time.Duration{0, 25 * s}, rotates: []time.Duration{12 * s}, fails: silence(15*s, 28*s), gaps: []string{"10.0-12.3"}, heads: 14},
		{name: "the node does not answer", loud: []time.Duration{0, 25 * s}, fails: silence(0, time.Hour), heads: 26},
		{name: "the one who was to ask has died", loud: []time.Duration{0, 28 * s}, rotates: []time.Duration{22 * s}, dies: 25 * s, gaps: []string{"10.0-22.3"}, heads: 3},
		{name: "it died soon", loud: []time.Duration{8 * s, 14 * s}, dies: 11 * s, heads: 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := &node{t: t, fails: tt.fails}
				n.logs(0, tt.quiet, s)
				for loud := tt.loud; len(loud) > 0; loud = loud[2:] {
					n.logs(loud[0], loud[1], s/rate)
				}
				lost := 3
				if len(tt.gaps) == 0 {
					lost = 0
				}
				for _, at := range tt.rotates {
					n.rotates(at, lost)
				}
				if tt.dies > 0 {
					n.dies = epoch.Add(tt.dies)
				}
				n.follow(logs.Container{Started: epoch})
				var gaps []string
				for _, g := range n.gaps {
					gaps = append(gaps, fmt.Sprintf("%.1f-%.1f", g.From.Sub(epoch).Seconds(), g.To.Sub(epoch).Seconds()))
				}
				if !slices.Equal(gaps, tt.gaps) || n.heads != tt.heads {
					t.Errorf("gaps %v after %d questions, want %v after %d", gaps, n.heads, tt.gaps, tt.heads)
				}
			})
		})
	}
}

// TestNewFilesModel: whenever a log is loud, whenever its node rotates it and however often that cannot be asked, what is
// lost is told, and it is asked once in an interval at most.
func TestNewFilesModel(t *testing.T) {
	for seed := range uint64(300) {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 0))
			seconds := func(from, to int) time.Duration {
				return time.Duration(from)*time.Second + time.Duration(r.Int64N(int64(time.Duration(to-from)*time.Second)))
			}
			n := &node{t: t}
			n.fails = func() bool { return r.IntN(3) == 0 }
			var at time.Duration
			rotated := 0
			for range 1 + r.IntN(6) {
				quiet := seconds(0, 40)
				n.logs(at, at+quiet, seconds(1, 20))
				at += quiet
				from, loud := len(n.lines), seconds(10, 60)
				n.logs(at, at+loud, time.Second/rate)
				for i := from + r.IntN(10*rate); i < len(n.lines); i += int(seconds(3, 40)/time.Second) * rate {
					n.rotates(n.lines[i].at, r.IntN(10))
					rotated++
				}
				at += loud
			}
			n.follow(logs.Container{})
			if limit := int(at/logs.RotationInterval) + 1; len(n.gaps) > rotated || n.heads-n.failed > limit {
				t.Errorf("%d gaps and %d answers, there were %d rotations in %s", len(n.gaps), n.heads-n.failed, rotated, at)
			}
			if t.Failed() {
				t.Logf("seed %d", seed)
			}
		})
		if t.Failed() {
			return
		}
	}
}

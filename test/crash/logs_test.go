//go:build cluster

package crash

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/stepherd/stepherd/internal/logfmt"
)

// said is how many lines each attempt logs.
const said = 5

// sayings are the logs of the Pods of a run: a few numbered lines each, which are there as soon as main has begun.
type sayings struct{}

func (s sayings) Open(_ context.Context, _, _ string, since time.Time, _ bool) (io.ReadCloser, error) {
	var b bytes.Buffer
	for i := range said {
		if at := time.Date(2011, 1, 1, 0, 0, i, 0, time.UTC); !at.Before(since) {
			fmt.Fprintf(&b, "%s %d\n", at.Format(time.RFC3339Nano), i)
		}
	}
	return io.NopCloser(&b), nil
}

// Last gives all: there are no more lines than anybody asks for.
func (s sayings) Last(ctx context.Context, pod, container string, _ int) (io.ReadCloser, error) {
	return s.Open(ctx, pod, container, time.Time{}, false)
}

// stdout is that of one driver. What a dead driver writes goes nowhere.
type stdout struct {
	mu   sync.Mutex
	text bytes.Buffer
	dead func() bool
}

func (s *stdout) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dead() {
		return len(b), nil
	}
	return s.text.Write(b)
}

func (s *stdout) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// checkLogs holds the drivers' outputs, one behind the other, to what the attempts said: each line in its order, again only
// between marks; where lines are missing, a mark tells that they may be. Two drivers at once may each print what the other
// does, so that theirs have no order. A step whose Pod was struck may run its attempt again.
func (tr *trial) checkLogs(attempts []string, v *victim) {
	next, again, missing := map[string]int{}, map[string]bool{}, map[string]bool{}
	for _, l := range tr.lives {
		clear(again)
		digest := false
		for line := range strings.Lines(l.stdout.String()) {
			prefix, words, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " | ")
			i, err := strconv.Atoi(words)
			switch {
			case strings.HasPrefix(words, "[stepherd: the last "):
				digest = true
			case words == "[stepherd: end of the last lines]":
				digest = false
			case digest:
			case strings.HasPrefix(words, "[stepherd: the driver was restarted"):
				again[prefix] = true
			case words == "[stepherd: no more repeats]":
				again[prefix] = false
			case strings.HasPrefix(words, "[stepherd: lines ") && strings.HasSuffix(words, "the pod is gone]"):
				missing[prefix] = true
			case err != nil:
				tr.problem("stdout has %q", line)
			case i == next[prefix]:
				next[prefix]++
			case i > next[prefix] && !tr.raced:
				tr.problem("of %s line %d follows line %d", prefix, i, next[prefix]-1)
			case !again[prefix] && !tr.raced && (v == nil || stepOf(prefix) != v.step):
				tr.problem("of %s line %d comes again, and not between marks", prefix, i)
			}
		}
	}
	for _, prefix := range attempts {
		if next[prefix] < said && !missing[prefix] && !tr.raced {
			tr.problem("of %s there are %d lines, want %d", prefix, next[prefix], said)
		}
	}
}

func stepOf(prefix string) string {
	step, _, _ := strings.Cut(prefix, "#")
	return step
}

// prefixOf is what stands in front of an attempt's lines, without the bar.
func prefixOf(step string, attempt int) string {
	return strings.TrimSuffix(logfmt.Prefix(step, attempt), " | ")
}

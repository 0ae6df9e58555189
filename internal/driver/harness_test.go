package driver_test

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/driver"
	"github.com/stepherd/stepherd/internal/driver/drivertest"
	"github.com/stepherd/stepherd/internal/driver/recorder"
	"github.com/stepherd/stepherd/internal/podspec"
)

var id = podspec.Identity{Run: "r", RunUID: "11111111-2222-3333-4444-555555555555", Namespace: "ns"}

// plan is a pipeline of steps like `b: a c` (b needs a and c), in one line each.
func plan(steps string, more ...string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "apiVersion: stepherd.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: test}\n")
	if !slices.ContainsFunc(more, func(line string) bool { return strings.HasPrefix(line, "settings:") }) {
		more = append(more, "settings: {image: img}")
	}
	for _, line := range more {
		fmt.Fprintln(&b, line)
	}
	fmt.Fprintln(&b, "steps:")
	for _, line := range strings.Split(strings.TrimSpace(steps), "\n") {
		name, needs, _ := strings.Cut(strings.TrimSpace(line), ":")
		fmt.Fprintf(&b, "  - {name: %s, needs: [%s]}\n", name, strings.Join(strings.Fields(needs), ", "))
	}
	return []byte(b.String())
}

// ride is one driver at work.
type ride struct {
	t       *testing.T
	cluster *drivertest.Cluster
	stdout  *buffer
	logs    *observer.ObservedLogs
	began   time.Time
	stop    context.CancelFunc // SIGTERM
	code    chan int
}

// buffer is a stdout.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// lines are the lines, sorted, without those of the digest.
func (b *buffer) lines() []string {
	var out []string
	within := false
	for _, line := range strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n") {
		within = within || strings.Contains(line, " | [stepherd: the last ")
		if !within {
			out = append(out, line)
		}
		within = within && !strings.HasSuffix(line, " | [stepherd: end of the last lines]")
	}
	return slices.Sorted(slices.Values(out))
}

// drive starts a driver; mods may change its configuration.
func drive(t *testing.T, c *drivertest.Cluster, holder string, plan []byte, mods ...func(*driver.Config)) *ride {
	t.Helper()
	core, observed := observer.New(zap.DebugLevel)
	ctx, stop := context.WithCancel(t.Context())
	r := &ride{t: t, cluster: c, stdout: &buffer{}, logs: observed, began: time.Now(), stop: stop, code: make(chan int, 1)}
	config := driver.Config{
		Plan: plan, Identity: id, Stdout: r.stdout, Unread: func() int { return 0 }, Logger: zap.New(core),
		Pods: c.Pods(), Mark: c.Mark(), Logs: c.Logs(), Warnings: c.Warnings(), Record: func(string) recorder.Record { return c.Record(holder) },
	}
	for _, mod := range mods {
		mod(&config)
	}
	go func() { r.code <- driver.Run(ctx, config) }()
	t.Cleanup(stop)
	return r
}

// ends waits for the driver's end.
func (r *ride) ends(want int) {
	r.t.Helper()
	if got := <-r.code; got != want {
		r.t.Errorf("exit code %d, want %d", got, want)
	}
}

// at gives the calls as `0.5s create a#1`, with the time since the beginning. Calls of one name that came in the same
// instant came side by side and are given by what they are about.
func (r *ride) at(names ...string) []string {
	var out []string
	calls := r.cluster.Calls(names...)
	if len(names) == 1 {
		slices.SortStableFunc(calls, func(a, b drivertest.Call) int {
			return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.What, b.What))
		})
	}
	for _, call := range calls {
		out = append(out, fmt.Sprintf("%v %s %s", call.At.Sub(r.began), call.Name, call.What))
	}
	return out
}

func (r *ride) said(level zapcore.Level, message string) []map[string]any {
	var out []map[string]any
	for _, e := range r.logs.All() {
		if e.Level == level && strings.Contains(e.Message, message) {
			out = append(out, e.ContextMap())
		}
	}
	return out
}

func equal(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\ngot  %s\nwant %s", what, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}

// phases are the phases of steps as the record has them, like `a=Succeeded`.
func phases(r record.Record) []string {
	var out []string
	for _, s := range r.Steps {
		word := fmt.Sprintf("%s=%s", s.Name, s.Phase)
		if s.Reason != "" {
			word += "/" + string(s.Reason)
		}
		out = append(out, word)
	}
	return out
}

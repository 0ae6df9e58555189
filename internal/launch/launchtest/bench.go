package launchtest

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stepherd/stepherd/internal/launch"
)

// Console keeps what was said; several goroutines may speak.
type Console struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (c *Console) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.b.Write(p)
}

func (c *Console) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.b.String()
}

// Bench is a launcher in front of a cluster in memory.
type Bench struct {
	*launch.Launcher
	Cluster  *Cluster
	Logs     *Logs
	Out, Err *Console
}

func NewBench() *Bench {
	b := &Bench{
		Cluster: New("ml"),
		Logs:    &Logs{Lines: map[string][]string{}, Opened: map[string]<-chan struct{}{}, Fail: map[string]error{}},
		Out:     &Console{}, Err: &Console{},
	}
	b.Launcher = &launch.Launcher{
		Cluster: b.Cluster, Logs: b.Logs, Namespace: "ml", Where: "the cluster",
		Hints: launch.Hints{Program: "launcher", Flags: []string{"-n", "ml"}},
		Out:   b.Out, Err: b.Err, Now: time.Now,
	}
	return b
}

func (b *Bench) Expect(t *testing.T, out, err string) {
	t.Helper()
	if got := b.Out.String(); got != out {
		t.Errorf("stdout\n%s\nwant\n%s", got, out)
	}
	if got := b.Err.String(); got != err {
		t.Errorf("stderr\n%s\nwant\n%s", got, err)
	}
}

func (b *Bench) CallsFrom(n int) string { return strings.Join(b.Cluster.Calls()[n:], "\n") }

package launchtest

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/archiveread"
	"github.com/stepherd/stepherd/internal/launch/client"
	"github.com/stepherd/stepherd/internal/launch/control"
	"github.com/stepherd/stepherd/internal/launch/follow"
	"github.com/stepherd/stepherd/internal/launch/lookup"
	"github.com/stepherd/stepherd/internal/launch/preflight"
	"github.com/stepherd/stepherd/internal/launch/runlogs"
	"github.com/stepherd/stepherd/internal/launch/submit"
	"github.com/stepherd/stepherd/internal/report"
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

// Bench is every use-case in front of a cluster in memory. Set its ports before use.
type Bench struct {
	Client   *client.Client
	Cluster  *Cluster
	Logs     *Logs
	Out, Err *Console

	Runs    lookup.Runs
	News    lookup.News
	Watcher follow.Watcher
	Create  submit.Jobs
}

// NewBench has a cluster with everything that a submit needs.
func NewBench() *Bench {
	c := New("ml")
	b := &Bench{
		Cluster: c, Out: &Console{}, Err: &Console{},
		Logs: &Logs{Lines: map[string][]string{}, Opened: map[string]<-chan struct{}{}, Fail: map[string]error{}},
		Runs: c.Runs(), News: c.News(), Watcher: c.Watches(), Create: c.Jobs(),
	}
	b.Client = &client.Client{
		Namespace: "ml", Where: "the cluster", Hints: client.Hints{Program: "launcher", Flags: []string{"-n", "ml"}},
		Out: b.Out, Err: b.Err, Now: time.Now,
	}
	return b
}

// Reader reads the bench's runs.
func (b *Bench) Reader() *lookup.Reader {
	return &lookup.Reader{Client: b.Client, Runs: b.Runs, News: b.News}
}

// Follower follows the bench's runs.
func (b *Bench) Follower() *follow.Follower {
	return &follow.Follower{Client: b.Client, Reader: b.Reader(), Watch: b.Watcher}
}

// Viewer shows the logs of the bench's runs.
func (b *Bench) Viewer() *runlogs.Viewer {
	return &runlogs.Viewer{
		Client: b.Client, Logs: b.Logs, Runs: b.Runs, News: b.News, Watcher: b.Watcher,
		Archive: archiveread.Ports{Create: b.Create, Jobs: b.Cluster.Archives()},
	}
}

// Controller changes the bench's runs.
func (b *Bench) Controller() *control.Controller {
	return &control.Controller{Client: b.Client, Reader: b.Reader(), Jobs: b.Cluster.Jobs(), Steps: b.Cluster.Pods(), Drivers: b.Cluster.Pods(), Watch: b.Cluster.Watches()}
}

// Submitter submits to the bench's cluster.
func (b *Bench) Submitter() *submit.Submitter {
	checker := &preflight.Checker{Client: b.Client, Server: b.Cluster.Server(), DryRun: b.Cluster.DryRuns()}
	return &submit.Submitter{Client: b.Client, Jobs: b.Create, Preflight: checker}
}

// Submit creates a run.
func (b *Bench) Submit(ctx context.Context, s submit.Submission) (*batchv1.Job, error) {
	return b.Submitter().Submit(ctx, s)
}

// Get reads a run.
func (b *Bench) Get(ctx context.Context, run string) (v1alpha1.Run, map[string][]string, error) {
	return b.Reader().Get(ctx, run)
}

// List reads all runs.
func (b *Bench) List(ctx context.Context) ([]v1alpha1.Run, error) {
	return (&lookup.Lister{Client: b.Client, Runs: b.Runs, List: b.Cluster.List()}).All(ctx)
}

// Wait waits for a run's end.
func (b *Bench) Wait(ctx context.Context, run string) (follow.Ending, error) {
	return b.Follower().Wait(ctx, run)
}

// WaitForCancel waits for the end of a run that is to be cancelled.
func (b *Bench) WaitForCancel(ctx context.Context, run string) (follow.Ending, error) {
	return b.Follower().WaitForCancel(ctx, run)
}

// Follow shows a run's logs to its end.
func (b *Bench) Follow(ctx context.Context, run string) (follow.Ending, error) {
	return b.Viewer().Follow(ctx, run)
}

// Watch shows what there is of a run, and then its logs to its end.
func (b *Bench) Watch(ctx context.Context, run string) (follow.Ending, error) {
	return b.Viewer().Watch(ctx, run)
}

// ShowLogs shows logs.
func (b *Bench) ShowLogs(ctx context.Context, q runlogs.Query) error {
	return b.Viewer().Show(ctx, q)
}

// Cancel cancels a run.
func (b *Bench) Cancel(ctx context.Context, run string, o control.CancelOptions) (v1alpha1.Run, bool, error) {
	return b.Controller().Cancel(ctx, run, o)
}

// Expect compares what was written to Out and said on Err.
func (b *Bench) Expect(t *testing.T, out, err string) {
	t.Helper()
	if got := b.Out.String(); got != out {
		t.Errorf("stdout\n%s\nwant\n%s", got, out)
	}
	if got := b.Err.String(); got != err {
		t.Errorf("stderr\n%s\nwant\n%s", got, err)
	}
}

// CallsFrom are the calls that changed something, from the n-th on, one a line.
func (b *Bench) CallsFrom(n int) string { return strings.Join(b.Cluster.Calls()[n:], "\n") }

// Verdict says on Err how a run ended.
func (b *Bench) Verdict(e follow.Ending) error {
	return report.Verdict(b.Err, e.Run, e.LastLines, report.Options{Now: b.Client.Now()})
}

package follow

import (
	"context"
	"fmt"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/client"
	"github.com/stepherd/stepherd/internal/launch/lookup"
	"github.com/stepherd/stepherd/internal/launch/status"
)

// Follower watches runs to their ends.
type Follower struct {
	Client *client.Client
	Reader *lookup.Reader
	Watch  Watcher
}

// Run watches a run to its end, or until the observer has enough. step is the only step whose waiting is explained; empty for all.
func (f *Follower) Run(ctx context.Context, run string, o Observer, step string) (status.Snapshot, error) {
	l, err := f.newLoop(ctx, run, o, step)
	if err != nil {
		return status.Snapshot{}, err
	}
	return f.toTheEnd(ctx, l)
}

func (f *Follower) newLoop(ctx context.Context, run string, o Observer, step string) (*Loop, error) {
	job, err := f.Reader.Job(ctx, run)
	if err != nil {
		return nil, err
	}
	return &Loop{client: f.Client, reader: f.Reader, watch: f.Watch, name: run, observer: o, pending: newPendingSteps(f.Client, f.Reader, job, step),
		posts: make(chan func(context.Context)), job: job, explained: map[string]bool{}}, nil
}

// Ending is how a run ended, and the last lines of the logs of steps that failed.
type Ending struct {
	v1alpha1.Run
	LastLines map[string][]string
}

// Wait waits for a run's end. A driver that does not start is explained on Err meanwhile.
func (f *Follower) Wait(ctx context.Context, run string) (Ending, error) {
	return f.wait(ctx, run, 0)
}

// WaitForCancel is Wait for a run that is to be cancelled: it gives up when no driver is at work for cancelPatience, because
// nothing else carries out the cancel.
func (f *Follower) WaitForCancel(ctx context.Context, run string) (Ending, error) {
	return f.wait(ctx, run, cancelPatience)
}

func (f *Follower) wait(ctx context.Context, run string, patience time.Duration) (Ending, error) {
	l, err := f.newLoop(ctx, run, nil, "")
	if err != nil {
		return Ending{}, err
	}
	l.patience = patience
	k, err := f.toTheEnd(ctx, l)
	if err != nil {
		return Ending{}, err
	}
	return Ending{Run: status.Of(k), LastLines: status.LastLines(k.Record)}, nil
}

// WaitFor is Wait for a limited time. However short that is, it looks once: a run that has ended has its verdict.
func (f *Follower) WaitFor(ctx context.Context, run string, limit time.Duration) (Ending, error) {
	timed, stop := context.WithTimeoutCause(ctx, limit, f.timedOut(run, limit))
	defer stop()
	job, err := f.Reader.Job(ctx, run)
	if err != nil {
		return Ending{}, err
	}
	k, err := f.Reader.Snapshot(ctx, job)
	if err != nil {
		return Ending{}, err
	}
	if now := status.Of(k); now.Phase.Ended() {
		return Ending{Run: now, LastLines: status.LastLines(k.Record)}, nil
	}
	ended, err := f.Wait(timed, run)
	if err != nil && timed.Err() != nil && ctx.Err() == nil {
		return Ending{}, context.Cause(timed)
	}
	return ended, err
}

// timedOut is the error of a user whose patience for a run has ended.
func (f *Follower) timedOut(run string, d time.Duration) error {
	within := ""
	if d > 0 {
		within = fmt.Sprintf(" within %s", d)
	}
	return client.Errorf(client.ClassTimeout, nil, "run %q has not ended%s; it goes on: %s", run, within, f.Client.Hints.Command("get", run))
}

func (f *Follower) toTheEnd(ctx context.Context, l *Loop) (status.Snapshot, error) {
	ctx, release := f.whileAdmitted(ctx, l.name)
	defer release()
	err := l.loop(ctx)
	switch {
	case err != nil:
		return status.Snapshot{}, f.Client.Sentence(err)
	case l.final == nil: // the observer had enough
		return status.Snapshot{Job: l.job, Now: f.Client.Now(), Hints: f.Client.Hints}, nil
	}
	return *l.final, nil
}

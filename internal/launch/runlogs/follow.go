package runlogs

import (
	"cmp"
	"context"
	"slices"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/follow"
	"github.com/stepherd/stepherd/internal/launch/status"
)

// everything is what Follow and Watch show.
func everything(run string) Query {
	return Query{Run: run, Follow: true, AllAttempts: true, marks: true}
}

// Follow does what Wait does, writes the logs of every step to Out as they come, and marks on Err when steps begin and end.
func (w *Viewer) Follow(ctx context.Context, run string) (follow.Ending, error) {
	v := w.newSession(everything(run))
	ended, err := v.followLive(ctx, newLiveLogs(v))
	return ended, v.close(err)
}

// Watch is Follow for a run that may have begun long ago, or have ended: it first shows what there is.
func (w *Viewer) Watch(ctx context.Context, run string) (follow.Ending, error) {
	job, err := w.reader().Job(ctx, run)
	if err != nil {
		return follow.Ending{}, err
	}
	k, err := w.reader().Snapshot(ctx, job)
	if err != nil {
		return follow.Ending{}, err
	}
	v := w.newSession(everything(run))
	now := status.Of(k)
	if now.Phase.Ended() {
		err := v.close(v.showAll(ctx, now, k.StepPods))
		return follow.Ending{Run: now, LastLines: v.ends.of(v.run, k.Record)}, err
	}
	ended, err := v.showAndFollow(ctx, now, k.StepPods)
	return ended, v.close(err)
}

// showAndFollow shows what is kept of attempts whose Pods are gone, and then the others as they come.
func (v *session) showAndFollow(ctx context.Context, run v1alpha1.Run, pods []v1alpha1.StepStatus) (follow.Ending, error) {
	pieces, err := v.pick(ctx, run, pods)
	if err != nil {
		return follow.Ending{}, err
	}
	t := newLiveLogs(v)
	t.stepOver = hasEnded(run.Steps, v.q.Step)
	there := podsByName(pods)
	for i := range run.Steps {
		t.latest[run.Steps[i].Name] = latestBegun(run.Steps[i].Attempts, there)
	}
	var gone []logRef
	for _, p := range pieces {
		if p.from != fromPod {
			gone = append(gone, p)
			t.past(p.Step, p.status)
		}
	}
	if err := v.read(ctx, gone); err != nil {
		return follow.Ending{}, err
	}
	return v.followLive(ctx, t)
}

// followLive follows the run to its end, or the one step to its, and then shows what went by unread.
func (v *session) followLive(ctx context.Context, t *liveLogs) (follow.Ending, error) {
	ctx, release := v.whileWritable(ctx)
	defer release()
	k, err := v.follower.Run(ctx, v.q.Run, t, v.q.Step)
	if err != nil {
		return follow.Ending{}, err
	}
	v.run = status.Of(k)
	if err := v.readLost(ctx, t.lost); err != nil {
		return follow.Ending{Run: v.run}, err
	}
	return follow.Ending{Run: v.run, LastLines: v.ends.of(v.run, k.Record)}, nil
}

// whileWritable returns a context that ends when Out or Err cannot be written any more. release ends it, too.
func (v *session) whileWritable(parent context.Context) (ctx context.Context, release func()) {
	ctx, cancel := context.WithCancelCause(parent)
	done := make(chan struct{})
	go func() {
		defer close(done)
		select {
		case <-v.screen.Done():
			cancel(v.screen.Err())
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		cancel(nil)
		<-done
	}
}

// readLost shows logs whose Pods went before they were read, in the order of the pipeline.
func (v *session) readLost(ctx context.Context, lost []logRef) error {
	if len(lost) == 0 {
		return nil
	}
	if err := v.findStoredNow(ctx, lost); err != nil {
		return err
	}
	place := map[string]int{}
	for i := range v.run.Steps {
		place[v.run.Steps[i].Name] = i
	}
	slices.SortStableFunc(lost, func(a, b logRef) int {
		return cmp.Or(cmp.Compare(place[a.Step], place[b.Step]), cmp.Compare(a.Attempt, b.Attempt))
	})
	recorded := status.AttemptsByKey(v.run.Steps)
	for i := range lost {
		if now, has := recorded[status.AttemptKey{Step: lost[i].Step, Number: lost[i].Attempt}]; has {
			lost[i].status = now // it may have ended since
		}
		lost[i].from = locationOf(v.stores.availabilityOf(lost[i].Step, lost[i].Attempt, true, false))
	}
	return v.read(ctx, lost)
}

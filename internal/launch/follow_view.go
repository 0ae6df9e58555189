package launch

import (
	"cmp"
	"context"
	"slices"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// everything is what Follow and Watch show.
func everything(run string) LogQuery {
	return LogQuery{Run: run, Follow: true, AllAttempts: true, marks: true}
}

// Follow does what Wait does, writes the logs of every step to Out as they come, and marks on Err when steps begin and end.
func (w *Viewer) Follow(ctx context.Context, run string) (Ending, error) {
	v := w.newView(everything(run))
	ended, err := v.followTails(ctx, newTails(v))
	return ended, v.close(err)
}

// Watch is Follow for a run that may have begun long ago, or have ended: it first shows what there is.
func (w *Viewer) Watch(ctx context.Context, run string) (Ending, error) {
	job, err := w.reader().Job(ctx, run)
	if err != nil {
		return Ending{}, err
	}
	k, err := w.reader().know(ctx, job)
	if err != nil {
		return Ending{}, err
	}
	v := w.newView(everything(run))
	now := Assemble(k)
	if now.Phase.Ended() {
		err := v.close(v.showAll(ctx, now, k.StepPods))
		return Ending{Run: now, Tails: v.ends.of(v.run, k.Record)}, err
	}
	ended, err := v.follow(ctx, now, k.StepPods)
	return ended, v.close(err)
}

// follow shows what is kept of attempts whose Pods are gone, and then the others as they come.
func (v *view) follow(ctx context.Context, run v1alpha1.Run, pods []v1alpha1.StepStatus) (Ending, error) {
	pieces, err := v.pick(ctx, run, pods)
	if err != nil {
		return Ending{}, err
	}
	t := newTails(v)
	t.stepOver = hasEnded(run.Steps, v.q.Step)
	there := podsByName(pods)
	for i := range run.Steps {
		t.latest[run.Steps[i].Name] = latestBegun(run.Steps[i].Attempts, there)
	}
	var gone []piece
	for _, p := range pieces {
		if p.from != fromPod {
			gone = append(gone, p)
			t.past(p.Step, p.status)
		}
	}
	if err := v.read(ctx, gone); err != nil {
		return Ending{}, err
	}
	return v.followTails(ctx, t)
}

// followTails follows the run to its end, or the one step to its, and then shows what went by unread.
func (v *view) followTails(ctx context.Context, t *tails) (Ending, error) {
	ctx, release := v.whileWritable(ctx)
	defer release()
	k, err := v.follower.Run(ctx, v.q.Run, t, v.q.Step)
	if err != nil {
		return Ending{}, err
	}
	v.run = Assemble(k)
	if err := v.readLost(ctx, t.lost); err != nil {
		return Ending{Run: v.run}, err
	}
	return Ending{Run: v.run, Tails: v.ends.of(v.run, k.Record)}, nil
}

// whileWritable is a context that ends when nobody takes the lines any more. release ends it, too.
func (v *view) whileWritable(parent context.Context) (ctx context.Context, release func()) {
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
func (v *view) readLost(ctx context.Context, lost []piece) error {
	if len(lost) == 0 {
		return nil
	}
	if err := v.findKeptNow(ctx, lost); err != nil {
		return err
	}
	place := map[string]int{}
	for i := range v.run.Steps {
		place[v.run.Steps[i].Name] = i
	}
	slices.SortStableFunc(lost, func(a, b piece) int {
		return cmp.Or(cmp.Compare(place[a.Step], place[b.Step]), cmp.Compare(a.Attempt, b.Attempt))
	})
	recorded := attemptsByKey(v.run.Steps)
	for i := range lost {
		if now, has := recorded[attemptKey{lost[i].Step, lost[i].Attempt}]; has {
			lost[i].status = now // it may have ended since
		}
		lost[i].from = sourceOf(v.keep.sighting(lost[i].Step, lost[i].Attempt, true, false))
	}
	return v.read(ctx, lost)
}

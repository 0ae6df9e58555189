package launch

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/report"
)

// Ending is how a run ended, and the last lines of the logs of steps that failed.
type Ending struct {
	v1alpha1.Run
	Tails map[string][]string
}

// Wait waits for a run's end. A driver that does not start is explained on Err meanwhile.
func (l *Launcher) Wait(ctx context.Context, run string) (Ending, error) {
	k, err := l.follow(ctx, run, nil)
	if err != nil {
		return Ending{}, err
	}
	return Ending{Run: Assemble(k), Tails: recordTails(k.Record)}, nil
}

// WaitForCancel is Wait for a run that is to be cancelled: it gives up when no driver is at work for cancelPatience, because
// nobody else carries the cancel out.
func (l *Launcher) WaitForCancel(ctx context.Context, run string) (Ending, error) {
	f, err := l.newFollower(ctx, run, nil)
	if err != nil {
		return Ending{}, err
	}
	f.patience = cancelPatience
	k, err := f.toTheEnd(ctx)
	if err != nil {
		return Ending{}, err
	}
	return Ending{Run: Assemble(k), Tails: recordTails(k.Record)}, nil
}

// WaitFor is Wait for a limited time. However short that is, it looks once: a run that has ended has its verdict.
func (l *Launcher) WaitFor(ctx context.Context, run string, limit time.Duration) (Ending, error) {
	timed, stop := context.WithTimeoutCause(ctx, limit, l.timedOut(run, limit))
	defer stop()
	job, err := l.job(ctx, run)
	if err != nil {
		return Ending{}, err
	}
	k, err := l.know(ctx, job)
	if err != nil {
		return Ending{}, err
	}
	if now := Assemble(k); now.Phase.Ended() {
		return Ending{Run: now, Tails: recordTails(k.Record)}, nil
	}
	ended, err := l.Wait(timed, run)
	if err != nil && timed.Err() != nil && ctx.Err() == nil {
		return Ending{}, context.Cause(timed)
	}
	return ended, err
}

// everything is what Follow and Watch show.
func everything(run string) LogQuery {
	return LogQuery{Run: run, Follow: true, AllAttempts: true, marks: true}
}

// Follow does what Wait does, writes the logs of every step to Out as they come, and marks on Err when steps begin and end.
func (l *Launcher) Follow(ctx context.Context, run string) (Ending, error) {
	v := l.newView(everything(run))
	ended, err := v.followTails(ctx, newTails(v))
	return ended, v.close(err)
}

// Watch is Follow for a run that may have begun long ago, or have ended: it first shows what there is.
func (l *Launcher) Watch(ctx context.Context, run string) (Ending, error) {
	job, err := l.job(ctx, run)
	if err != nil {
		return Ending{}, err
	}
	k, err := l.know(ctx, job)
	if err != nil {
		return Ending{}, err
	}
	v := l.newView(everything(run))
	now := Assemble(k)
	if now.Phase.Ended() {
		err := v.close(v.showAll(ctx, now, k.StepPods))
		return Ending{Run: now, Tails: v.tails(k.Record)}, err
	}
	ended, err := v.follow(ctx, now, k.StepPods)
	return ended, v.close(err)
}

// Verdict says on Err how a run ended.
func (l *Launcher) Verdict(e Ending) error {
	return report.Verdict(l.Err, e.Run, e.Tails, report.Options{Now: l.Now(), Color: l.ErrColor})
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
	k, err := v.Launcher.follow(ctx, v.q.Run, t)
	if err != nil {
		return Ending{}, err
	}
	v.run = Assemble(k)
	if err := v.readLost(ctx, t.lost); err != nil {
		return Ending{Run: v.run}, err
	}
	return Ending{Run: v.run, Tails: v.tails(k.Record)}, nil
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

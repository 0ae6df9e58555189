package launch

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// Detached is the error of a user who let go of a run; back is the command that comes back to it.
func (l *Launcher) Detached(run string, back ...string) error {
	return &Error{Class: ClassDetached, Lines: []string{fmt.Sprintf("detached; run %q goes on: %s", run, l.Hints.Command(back...))}}
}

// timedOut is the error of a user whose patience for a run has ended.
func (l *Launcher) timedOut(run string, d time.Duration) error {
	within := ""
	if d > 0 {
		within = fmt.Sprintf(" within %s", d)
	}
	return &Error{Class: ClassTimeout, Lines: []string{fmt.Sprintf("run %q has not ended%s; it goes on: %s", run, within, l.Hints.Command("get", run))}}
}

const (
	// explainEvery is how often a run whose driver is not at work is asked why.
	explainEvery = 2 * time.Second
	// cancelPatience is how long a cancel waits for a driver that would carry it out. A driver that starts takes a few seconds.
	cancelPatience = 20 * time.Second
)

// follower is one follow. Its fields belong to the goroutine of loop; the others hand it functions to call.
type follower struct {
	l       *Launcher
	name    string
	tails   *tails // nil when logs are not wanted
	waiters *waiters
	posts   chan func(context.Context)
	wg      sync.WaitGroup

	job       *batchv1.Job    // as last seen
	ended     bool            // the Job has ended; the last reading of everything is under way
	final     *Known          // that reading
	err       error           // what ends the loop
	asking    bool            // a reading to explain the driver is under way
	knew      bool            // a reading has succeeded: a right that is missing now is one that the server does not know yet
	working   bool            // the driver keeps the record: it does its work
	explained map[string]bool // what was said of a driver that is not at work, by newsKey
	idleSince time.Time       // no driver has been at work since then, for a reason that is known; zero while one is
	patience  time.Duration   // how long a driver may be idle before the follow gives up; 0 is for ever

	lines                     atomic.Bool // some have come since the last trouble
	troubleSince, troubleLast time.Time
	troubleTold               bool
}

// follow watches a run, and with tails its logs, to its end.
func (l *Launcher) follow(ctx context.Context, run string, tails *tails) (Known, error) {
	f, err := l.newFollower(ctx, run, tails)
	if err != nil {
		return Known{}, err
	}
	return f.toTheEnd(ctx)
}

func (l *Launcher) newFollower(ctx context.Context, run string, tails *tails) (*follower, error) {
	job, err := l.job(ctx, run)
	if err != nil {
		return nil, err
	}
	return &follower{l: l, name: run, tails: tails, waiters: newWaiters(l, job, tails), posts: make(chan func(context.Context)),
		job: job, explained: map[string]bool{}}, nil
}

func (f *follower) toTheEnd(ctx context.Context) (Known, error) {
	ctx, release := f.l.whileAdmitted(ctx, f.name)
	defer release()
	err := f.loop(ctx)
	switch {
	case err != nil:
		return Known{}, f.l.sentence(err)
	case f.final == nil: // the tails had enough
		return Known{Job: f.job, Now: f.l.Now(), Hints: f.l.Hints}, nil
	}
	return *f.final, nil
}

func (f *follower) loop(parent context.Context) error {
	ctx, cancel := context.WithCancel(parent)
	defer f.wg.Wait()
	defer cancel()
	f.watchJob(ctx)
	f.watchSteps(ctx)
	explain, wait := time.NewTicker(explainEvery), time.NewTicker(waitEvery)
	defer explain.Stop()
	defer wait.Stop()
	for !f.finished() {
		select {
		case <-f.unwritable():
			return f.tails.v.screen.Err()
		case <-parent.Done():
			return context.Cause(parent)
		case do := <-f.posts:
			do(ctx)
		case <-explain.C:
			f.explain(ctx)
			if f.tails != nil {
				f.tails.askStep(ctx, f)
			}
		case <-wait.C:
			f.waiters.look(ctx, f)
		}
		if f.err != nil {
			return f.err
		}
	}
	return nil
}

// unwritable is closed when nobody takes the lines any more.
func (f *follower) unwritable() <-chan struct{} {
	if f.tails == nil {
		return nil
	}
	return f.tails.v.screen.Done()
}

func (f *follower) finished() bool {
	if f.tails == nil {
		return f.final != nil
	}
	return f.tails.enough() || f.final != nil && f.tails.drained()
}

// start runs a goroutine that the loop waits for.
func (f *follower) start(do func()) { f.wg.Go(do) }

// post hands a function to the loop, or drops it when the loop has ended.
func (f *follower) post(ctx context.Context, do func(context.Context)) {
	select {
	case <-ctx.Done():
	case f.posts <- do:
	}
}

func (f *follower) watchJob(ctx context.Context) {
	f.start(func() {
		err := f.l.Cluster.WatchJob(ctx, f.l.Namespace, f.name,
			func(job *batchv1.Job) { f.post(ctx, func(ctx context.Context) { f.sawJob(ctx, job) }) },
			func(err error) { f.post(ctx, func(context.Context) { f.trouble(err) }) })
		f.post(ctx, func(context.Context) { f.err = err })
	})
}

func (f *follower) watchSteps(ctx context.Context) {
	uid := string(f.job.UID)
	f.start(func() {
		err := f.l.Cluster.WatchStepPods(ctx, f.l.Namespace, uid,
			func(step string, a v1alpha1.AttemptStatus, gone bool) {
				f.post(ctx, func(ctx context.Context) {
					f.contact()
					f.waiters.saw(step, a, gone)
					switch {
					case f.tails == nil:
					case gone:
						f.tails.sawGone(ctx, f, step, a)
					default:
						f.tails.saw(ctx, f, step, a)
					}
				})
			},
			func(err error) { f.post(ctx, func(context.Context) { f.trouble(err) }) })
		f.post(ctx, func(context.Context) { f.unwatched(err) })
	})
}

// unwatched takes in that the step Pods cannot be watched. Only logs cannot do without.
func (f *follower) unwatched(err error) {
	if r, missing := missingRight(err); missing && f.tails == nil {
		f.l.note("why steps wait is not told, because %s may not %s %s in namespace %q", f.l.subject(r), r.verb, r.resource, f.l.Namespace)
		return
	}
	f.err = err
}

func (f *follower) sawJob(ctx context.Context, job *batchv1.Job) {
	f.contact()
	if job == nil || job.UID != f.job.UID {
		if !f.ended { // once it has ended, the last reading says what there is to say
			f.err = clusterErrorf("run %q in namespace %q was deleted before its end was seen", f.name, f.l.Namespace)
		}
		return
	}
	f.job = job
	f.working = f.working && driverReady(job)
	if jobEnd(job) != nil && !f.ended {
		f.ended = true
		f.read(ctx)
	}
}

// read gathers all that is known once more, after the Job's end, for as long as it takes.
func (f *follower) read(ctx context.Context) {
	job, knew := f.job, f.knew
	f.start(func() {
		for tries := 0; ; tries++ {
			k, err := f.l.know(ctx, job)
			_, missing := missingRight(err)
			if err == nil || !isTemporary(err) && !(missing && knew) {
				f.post(ctx, func(ctx context.Context) { f.finish(ctx, k, err) })
				return
			}
			f.post(ctx, func(context.Context) { f.trouble(err) })
			if sleep(ctx, postBackoff<<min(tries, 4)) != nil {
				return
			}
		}
	})
}

func (f *follower) finish(ctx context.Context, k Known, err error) {
	if err != nil {
		f.err = err
		return
	}
	f.final = &k
	if f.tails != nil {
		f.tails.finish(ctx, f, Assemble(k).Steps, k.StepPods)
	}
}

// sawLine notes that a line has come. Any goroutine may.
func (f *follower) sawLine() {
	if !f.lines.Load() {
		f.lines.Store(true)
	}
}

package follow

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/client"
	"github.com/stepherd/stepherd/internal/launch/lookup"
	"github.com/stepherd/stepherd/internal/launch/status"
	"github.com/stepherd/stepherd/internal/retry"
)

const (
	// explainEvery is how often a run whose driver is not at work is asked why.
	explainEvery = 2 * time.Second
	// cancelPatience is how long a cancel waits for a driver that would carry it out. A driver that starts takes a few seconds.
	cancelPatience = 20 * time.Second
)

// Watcher tells what changes. Both end with their context or when the user may not watch; every other break is ridden out
// and told to trouble, which gets nil when contact is back. Functions of one watch are called one at a time.
type Watcher interface {
	// WatchJob calls seen with the Job as it is and after every change; nil means that it does not exist any more.
	WatchJob(ctx context.Context, namespace, name string, seen func(*batchv1.Job), trouble func(error)) error
	// WatchStepPods calls seen with every step Pod as it is and after every change; a Pod that is gone is told by gone.
	WatchStepPods(ctx context.Context, namespace, uid string, seen func(step string, a v1alpha1.AttemptStatus, gone bool), trouble func(error)) error
}

// Observer is told what a follow sees. Its methods are called one at a time, by the follow's own goroutine, which waits for them.
type Observer interface {
	// Seen has an attempt as its Pod shows it; gone means that the Pod does not exist any more.
	Seen(ctx context.Context, l *Loop, step string, a v1alpha1.AttemptStatus, gone bool)
	// Recorded has the steps as the record has them, when it was read meanwhile.
	Recorded(ctx context.Context, l *Loop, steps []v1alpha1.StepStatus)
	// Ended has the last reading, after the run's end: its steps, and the Pods that exist.
	Ended(ctx context.Context, l *Loop, steps, pods []v1alpha1.StepStatus)
	// Tick comes every other second.
	Tick(ctx context.Context, l *Loop)
	// Done reports whether the follow may return. ended: the last reading was told.
	Done(ended bool) bool
}

// readBackoff is between two tries of the last reading.
var readBackoff = retry.Backoff{First: 500 * time.Millisecond, Max: 8 * time.Second}

// Loop is one follow. Its fields belong to the goroutine of loop; the others post functions for it to call.
type Loop struct {
	client   *client.Client
	reader   *lookup.Reader
	watch    Watcher
	name     string
	observer Observer // nil where only the end is wanted
	pending  *pendingSteps
	posts    chan func(context.Context)
	wg       sync.WaitGroup

	job       *batchv1.Job     // as last seen
	ended     bool             // the Job has ended; the last reading of everything is under way
	final     *status.Snapshot // that reading
	err       error            // what ends the loop
	asking    bool             // a reading to explain the driver is under way
	knew      bool             // a reading has succeeded: a right that is missing now is one that the server does not know yet
	working   bool             // the driver keeps the record: it does its work
	explained map[string]bool  // what was said of a driver that is not at work, by newsKey
	idleSince time.Time        // no driver has been at work since then, for a reason that is known; zero while one is
	patience  time.Duration    // how long a driver may be idle before the follow gives up; 0 is for ever

	lines                     atomic.Bool // some have come since the last trouble
	troubleSince, troubleLast time.Time
	troubleTold               bool
}

func (l *Loop) loop(parent context.Context) error {
	ctx, cancel := context.WithCancel(parent)
	defer l.wg.Wait()
	defer cancel()
	l.watchJob(ctx)
	l.watchSteps(ctx)
	explain, wait := time.NewTicker(explainEvery), time.NewTicker(waitEvery)
	defer explain.Stop()
	defer wait.Stop()
	for !l.finished() {
		select {
		case <-parent.Done():
			return context.Cause(parent)
		case do := <-l.posts:
			do(ctx)
		case <-explain.C:
			l.explain(ctx)
			if l.observer != nil {
				l.observer.Tick(ctx, l)
			}
		case <-wait.C:
			l.pending.look(ctx, l)
		}
		if l.err != nil {
			return l.err
		}
	}
	return nil
}

func (l *Loop) finished() bool {
	if l.observer == nil {
		return l.final != nil
	}
	return l.observer.Done(l.final != nil)
}

// Fail ends the follow with an error. It is for the follow's own goroutine, as are Over and Job.
func (l *Loop) Fail(err error) { l.err = err }

// Over reports whether the run has ended, so that the last reading of everything is under way.
func (l *Loop) Over() bool { return l.ended }

// Job is the run's Job as it was seen last.
func (l *Loop) Job() *batchv1.Job { return l.job }

// Start runs a goroutine that the loop waits for.
func (l *Loop) Start(do func()) { l.wg.Go(do) }

// Post hands a function to the loop, or drops it when the loop has ended.
func (l *Loop) Post(ctx context.Context, do func(context.Context)) {
	select {
	case <-ctx.Done():
	case l.posts <- do:
	}
}

func (l *Loop) watchJob(ctx context.Context) {
	l.Start(func() {
		err := l.watch.WatchJob(ctx, l.client.Namespace, l.name,
			func(job *batchv1.Job) { l.Post(ctx, func(ctx context.Context) { l.sawJob(ctx, job) }) },
			func(err error) { l.Post(ctx, func(context.Context) { l.trouble(err) }) })
		l.Post(ctx, func(context.Context) { l.err = err })
	})
}

func (l *Loop) watchSteps(ctx context.Context) {
	uid := string(l.job.UID)
	l.Start(func() {
		err := l.watch.WatchStepPods(ctx, l.client.Namespace, uid,
			func(step string, a v1alpha1.AttemptStatus, gone bool) {
				l.Post(ctx, func(ctx context.Context) {
					l.contact()
					l.pending.saw(step, a, gone)
					if l.observer != nil {
						l.observer.Seen(ctx, l, step, a, gone)
					}
				})
			},
			func(err error) { l.Post(ctx, func(context.Context) { l.trouble(err) }) })
		l.Post(ctx, func(context.Context) { l.unwatched(err) })
	})
}

// unwatched handles the end of the watch of step Pods. Only an observer cannot do without it.
func (l *Loop) unwatched(err error) {
	if r, missing := client.MissingRight(err); missing && l.observer == nil {
		l.client.Note("why steps wait is not told, because %s may not %s %s in namespace %q", l.client.Subject(r), r.Verb, r.Resource, l.client.Namespace)
		return
	}
	l.err = err
}

func (l *Loop) sawJob(ctx context.Context, job *batchv1.Job) {
	l.contact()
	if job == nil || job.UID != l.job.UID {
		if !l.ended { // once it has ended, the last reading has all there is to tell
			l.err = client.ClusterErrorf("run %q in namespace %q was deleted before its end was seen", l.name, l.client.Namespace)
		}
		return
	}
	l.job = job
	l.working = l.working && status.DriverReady(job)
	if status.JobEnd(job) != nil && !l.ended {
		l.ended = true
		l.read(ctx)
	}
}

// read gathers all that is known once more, after the Job's end, for as long as it takes.
func (l *Loop) read(ctx context.Context) {
	job, knew := l.job, l.knew
	l.Start(func() {
		for tries := 0; ; tries++ {
			k, err := l.reader.Snapshot(ctx, job)
			_, missing := client.MissingRight(err)
			if err == nil || !client.IsTemporary(err) && !(missing && knew) {
				l.Post(ctx, func(ctx context.Context) { l.finish(ctx, k, err) })
				return
			}
			l.Post(ctx, func(context.Context) { l.trouble(err) })
			if retry.Sleep(ctx, readBackoff.Delay(tries)) != nil {
				return
			}
		}
	})
}

func (l *Loop) finish(ctx context.Context, k status.Snapshot, err error) {
	if err != nil {
		l.err = err
		return
	}
	l.final = &k
	if l.observer != nil {
		l.observer.Ended(ctx, l, status.Of(k).Steps, k.StepPods)
	}
}

// Heard notes that the cluster has sent a line of a log. Any goroutine may.
func (l *Loop) Heard() {
	if !l.lines.Load() {
		l.lines.Store(true)
	}
}

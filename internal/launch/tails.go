package launch

import (
	"context"
	"errors"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/logs"
	"github.com/stepherd/stepherd/internal/logview"
	"github.com/stepherd/stepherd/internal/retry"
)

// tailBackoff is between two tries to find the last lines of a log.
var tailBackoff = retry.Backoff{First: 500 * time.Millisecond, Max: 8 * time.Second}

// tails are the logs of a run that is followed. They belong to the follower's loop; lines go past it, from the goroutine that
// reads a log to the screen.
type tails struct {
	v *view
	// latest are the attempts by which the wanted ones are told, by step: the latest that had begun when the follow did.
	latest map[string]int
	// stepOver says that the one step that is wanted has ended, as the record has it.
	stepOver, asking bool

	open int
	// attempts in the order in which they were seen, and by what they are.
	attempts []*tail
	index    map[attemptKey]*tail
	// lost are logs whose Pods went before they were read.
	lost []piece
	ends endings
}

// tail is one attempt.
type tail struct {
	step   string
	status v1alpha1.AttemptStatus
	logs   []*tailLog
	// told: its beginning was; marked: its end was, or is when what is kept of its log is read; endTold: its end was.
	told, marked, endTold bool
	// gone: its Pod is, and had not ended. endedAt is when that, or the Pod's end, was seen, and the record first asked.
	gone    bool
	endedAt time.Time
	// recorded: status is the record's; byPod: the record did not tell.
	recorded, byPod bool
}

// tailLog is one container's log.
type tailLog struct {
	name string
	// ended is closed when the container is known to have ended.
	ended   chan struct{}
	over    bool // ended is closed
	drained bool // it was read to its end
	stop    context.CancelCauseFunc
}

func newTails(v *view) *tails {
	return &tails{v: v, latest: map[string]int{}, index: map[attemptKey]*tail{}}
}

// Seen implements Observer.
func (t *tails) Seen(ctx context.Context, l *Loop, step string, a v1alpha1.AttemptStatus, gone bool) {
	if gone {
		t.sawGone(ctx, l, step, a)
		return
	}
	t.saw(ctx, l, step, a)
}

// saw takes in an attempt as it is now.
func (t *tails) saw(ctx context.Context, l *Loop, step string, a v1alpha1.AttemptStatus) {
	if !t.v.q.wantsStep(step) || !t.v.q.wantsAttempt(a.Number, t.latest[step]) {
		return
	}
	at := t.find(step, a)
	if at.marked && !at.told {
		return // shown before the follow began
	}
	if at.isTold() {
		at.status.Others = a.Others
	} else {
		at.status, at.gone = a, false
	}
	t.v.marks.containers(at.step, a)
	for _, c := range a.Others {
		t.sawContainer(ctx, l, at, c)
	}
	if begun(a) {
		t.sawContainer(ctx, l, at, v1alpha1.OtherContainer{Name: v1alpha1.MainContainer, StartedAt: a.StartedAt, Ended: over(a)})
	}
	t.settle(ctx, l, at)
}

func (t *tails) find(step string, a v1alpha1.AttemptStatus) *tail {
	key := attemptKey{step, a.Number}
	if at, known := t.index[key]; known {
		return at
	}
	at := &tail{step: step, status: a}
	t.attempts = append(t.attempts, at)
	t.index[key] = at
	return at
}

// sawContainer follows a container that has begun, and passes on that it has ended.
func (t *tails) sawContainer(ctx context.Context, l *Loop, at *tail, c v1alpha1.OtherContainer) {
	if !t.v.q.wantsContainer(c.Name) {
		return
	}
	one := at.log(c.Name)
	if one == nil {
		one = &tailLog{name: c.Name, ended: make(chan struct{})}
		at.logs = append(at.logs, one)
		t.tellBegin(at)
		t.follow(ctx, l, at, one, c.StartedAt.Time)
	}
	if c.Ended {
		one.end()
	}
}

func (a *tail) log(container string) *tailLog {
	for _, one := range a.logs {
		if one.name == container {
			return one
		}
	}
	return nil
}

func (o *tailLog) end() {
	if !o.over {
		o.over = true
		close(o.ended)
	}
}

// follow reads a log in a goroutine of the follower's.
func (t *tails) follow(ctx context.Context, l *Loop, at *tail, one *tailLog, started time.Time) {
	t.open++
	reading, stop := context.WithCancelCause(ctx)
	one.stop = stop
	p := piece{Origin: logview.Origin{Step: at.step, Attempt: at.status.Number, Container: one.name}, pod: at.status.Pod, started: started}
	uid := string(l.Job().UID)
	l.Start(func() {
		sink := t.v.sink(p.Origin, t.v.screen.Put)
		sink.Heard, sink.Whole = l.Heard, t.v.record.wholeFrom(reading, uid, p.Origin)
		defer stop(nil)
		err := t.v.followPod(reading, p, one.ended, sink)
		l.Post(ctx, func(ctx context.Context) { t.read(ctx, l, at, one, sink, err) })
	})
}

// followPod follows a container's log to its end.
func (v *view) followPod(ctx context.Context, p piece, ended <-chan struct{}, sink *logview.Shown) error {
	c := v.container(p)
	c.Ended = ended
	for tries := 0; v.q.Tail != nil; tries++ {
		from, err := v.tailStart(ctx, c, *v.q.Tail)
		if err == nil {
			c.From = from
			break
		}
		if logs.IsGone(err) || logs.IsDenied(err) || retry.Sleep(ctx, tailBackoff.Delay(tries)) != nil {
			return err
		}
	}
	err := logs.Follow(ctx, v.source(), c, sink)
	return errors.Join(err, sink.Finish())
}

// errRunOver stops the follow of a container that goes on when its run has ended.
var errRunOver = errors.New("the run has ended")

// read takes in that a log is at its end.
func (t *tails) read(ctx context.Context, l *Loop, at *tail, one *tailLog, sink *logview.Shown, err error) {
	t.open--
	one.drained = true
	o := logview.Origin{Step: at.step, Attempt: at.status.Number, Container: one.name}
	t.v.ends.keep(o, sink)
	t.v.ends.forget(at.step, at.status)
	var lost *logs.LostError
	switch {
	case err == nil || errors.Is(err, context.Canceled):
	case errors.Is(err, errRunOver):
		t.v.client.note("step %q goes on, though its run has ended", o.Title())
	case logs.IsGone(err):
		t.lost = append(t.lost, piece{Origin: o, status: at.status, told: true, endTold: at.endTold, broke: sink.IfAny()})
		at.marked = true // reading what is kept tells of the end
	case errors.As(err, &lost):
		t.v.sayUnreadable(o, lost)
	default:
		l.Fail(err)
	}
	t.settle(ctx, l, at)
}

// Ended implements Observer. The last reading shows Pods that the watch had not shown yet, and ends that only the record knows.
func (t *tails) Ended(ctx context.Context, l *Loop, steps, pods []v1alpha1.StepStatus) {
	for _, s := range pods {
		for _, a := range s.Attempts {
			t.saw(ctx, l, s.Name, a)
		}
	}
	for i := range steps {
		for _, a := range steps[i].Attempts {
			if t.v.q.wantsStep(steps[i].Name) && t.v.q.wantsAttempt(a.Number, t.latest[steps[i].Name]) {
				t.end(ctx, l, steps[i].Name, a)
			}
		}
	}
}

func (t *tails) end(ctx context.Context, l *Loop, step string, a v1alpha1.AttemptStatus) {
	at := t.find(step, a)
	if len(at.logs) == 0 && !at.marked && begun(a) {
		at.marked = true // reading what is kept tells of the end
		t.lost = append(t.lost, piece{Origin: logview.Origin{Step: step, Attempt: a.Number, Container: t.v.q.oneContainer()}, status: a})
	}
	t.v.marks.containers(at.step, a)
	if a.Phase.Ended() {
		at.takeRecorded(a)
	}
	for _, one := range at.logs {
		one.end()
		if !a.Phase.Ended() {
			one.stop(errRunOver)
		}
	}
	t.settle(ctx, l, at)
}

// past takes in that an attempt was shown before the follow began.
func (t *tails) past(step string, a v1alpha1.AttemptStatus) { t.find(step, a).marked = true }

// Done implements Observer.
func (t *tails) Done(ended bool) bool { return t.enough() || ended && t.open == 0 }

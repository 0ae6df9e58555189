package runlogs

import (
	"context"
	"errors"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/errs"
	"github.com/stepherd/stepherd/internal/launch/follow"
	"github.com/stepherd/stepherd/internal/launch/status"
	"github.com/stepherd/stepherd/internal/logs"
	"github.com/stepherd/stepherd/internal/logview"
	"github.com/stepherd/stepherd/internal/retry"
)

// tailBackoff is between two tries to find the last lines of a log.
var tailBackoff = retry.Backoff{First: 500 * time.Millisecond, Max: 8 * time.Second}

// liveLogs are the logs of a run that is followed. They belong to the follower's loop; lines go past it, from the goroutine that
// reads a log to the screen.
type liveLogs struct {
	v *session
	// latest are the attempts by which the wanted ones are told, by step: the latest that had begun when the follow did.
	latest map[string]int
	// stepOver: the one step that is wanted has ended, as the record has it.
	stepOver, asking bool

	open int
	// attempts in the order in which they were seen, and by what they are.
	attempts []*attemptLogs
	index    map[status.AttemptKey]*attemptLogs
	// lost are logs whose Pods went before they were read.
	lost []logRef
	ends endings
}

// attemptLogs is one attempt.
type attemptLogs struct {
	step   string
	status v1alpha1.AttemptStatus
	logs   []*containerLog
	// startShown: its beginning was shown; settled: its end was, or will be when what is stored of its log is read; endShown: its end was.
	startShown, settled, endShown bool
	// gone: its Pod is, and had not ended. endedAt is when that, or the Pod's end, was seen, and the record first asked.
	gone    bool
	endedAt time.Time
	// recorded: status is the record's; byPod: the record did not tell.
	recorded, byPod bool
}

// containerLog is one container's log.
type containerLog struct {
	name string
	// ended is closed when the container is known to have ended.
	ended   chan struct{}
	over    bool // ended is closed
	drained bool // it was read to its end
	stop    context.CancelCauseFunc
}

func newLiveLogs(v *session) *liveLogs {
	return &liveLogs{v: v, latest: map[string]int{}, index: map[status.AttemptKey]*attemptLogs{}}
}

// Seen implements Observer.
func (t *liveLogs) Seen(ctx context.Context, l *follow.Loop, step string, a v1alpha1.AttemptStatus, gone bool) {
	if gone {
		t.sawGone(ctx, l, step, a)
		return
	}
	t.saw(ctx, l, step, a)
}

// saw records an attempt as it is now.
func (t *liveLogs) saw(ctx context.Context, l *follow.Loop, step string, a v1alpha1.AttemptStatus) {
	if !t.v.q.wantsStep(step) || !t.v.q.wantsAttempt(a.Number, t.latest[step]) {
		return
	}
	at := t.find(step, a)
	if at.settled && !at.startShown {
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
	if status.Begun(a) {
		t.sawContainer(ctx, l, at, v1alpha1.OtherContainer{Name: v1alpha1.MainContainer, StartedAt: a.StartedAt, Ended: status.Over(a)})
	}
	t.settle(ctx, l, at)
}

func (t *liveLogs) find(step string, a v1alpha1.AttemptStatus) *attemptLogs {
	key := status.AttemptKey{Step: step, Number: a.Number}
	if at, known := t.index[key]; known {
		return at
	}
	at := &attemptLogs{step: step, status: a}
	t.attempts = append(t.attempts, at)
	t.index[key] = at
	return at
}

// sawContainer follows a container that has begun, and passes on that it has ended.
func (t *liveLogs) sawContainer(ctx context.Context, l *follow.Loop, at *attemptLogs, c v1alpha1.OtherContainer) {
	if !t.v.q.wantsContainer(c.Name) {
		return
	}
	one := at.log(c.Name)
	if one == nil {
		one = &containerLog{name: c.Name, ended: make(chan struct{})}
		at.logs = append(at.logs, one)
		t.tellBegin(at)
		t.follow(ctx, l, at, one, c.StartedAt.Time)
	}
	if c.Ended {
		one.end()
	}
}

func (a *attemptLogs) log(container string) *containerLog {
	for _, one := range a.logs {
		if one.name == container {
			return one
		}
	}
	return nil
}

func (o *containerLog) end() {
	if !o.over {
		o.over = true
		close(o.ended)
	}
}

// follow reads a log in a goroutine of the follower's.
func (t *liveLogs) follow(ctx context.Context, l *follow.Loop, at *attemptLogs, one *containerLog, started time.Time) {
	t.open++
	reading, stop := context.WithCancelCause(ctx)
	one.stop = stop
	p := logRef{Origin: logview.Origin{Step: at.step, Attempt: at.status.Number, Container: one.name}, pod: at.status.Pod, started: started}
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
func (v *session) followPod(ctx context.Context, p logRef, ended <-chan struct{}, sink *logview.Printer) error {
	c := v.container(p)
	c.Ended = ended
	for tries := 0; v.q.Tail != nil; tries++ {
		from, err := v.tailStart(ctx, c, *v.q.Tail)
		if err == nil {
			c.From = from
			break
		}
		if errs.IsNotFound(err) || errs.IsDenied(err) || retry.Sleep(ctx, tailBackoff.Delay(tries)) != nil {
			return err
		}
	}
	err := logs.Follow(ctx, v.source(), c, sink)
	return errs.Join(err, sink.Finish())
}

// errRunOver stops the follow of a container that goes on when its run has ended.
var errRunOver = errors.New("the run has ended")

// read handles the end of a log.
func (t *liveLogs) read(ctx context.Context, l *follow.Loop, at *attemptLogs, one *containerLog, sink *logview.Printer, err error) {
	t.open--
	one.drained = true
	o := logview.Origin{Step: at.step, Attempt: at.status.Number, Container: one.name}
	t.v.ends.keep(o, sink)
	t.v.ends.forget(at.step, at.status)
	var lost *logs.LostError
	switch {
	case err == nil || errors.Is(err, context.Canceled):
	case errors.Is(err, errRunOver):
		t.v.client.Note("step %q goes on, though its run has ended", o.Title())
	case errs.IsNotFound(err):
		t.lost = append(t.lost, logRef{Origin: o, status: at.status, startShown: true, endShown: at.endShown, broke: sink.IfAny()})
		at.settled = true // reading what is kept tells of the end
	case errors.As(err, &lost):
		t.v.sayUnreadable(o, lost)
	default:
		l.Fail(err)
	}
	t.settle(ctx, l, at)
}

// Ended implements Observer. The last reading shows Pods that the watch had not shown yet, and ends that only the record knows.
func (t *liveLogs) Ended(ctx context.Context, l *follow.Loop, steps, pods []v1alpha1.StepStatus) {
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

func (t *liveLogs) end(ctx context.Context, l *follow.Loop, step string, a v1alpha1.AttemptStatus) {
	at := t.find(step, a)
	if len(at.logs) == 0 && !at.settled && status.Begun(a) {
		at.settled = true // reading what is kept tells of the end
		t.lost = append(t.lost, logRef{Origin: logview.Origin{Step: step, Attempt: a.Number, Container: t.v.q.oneContainer()}, status: a})
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

// past notes that an attempt was shown before the follow began.
func (t *liveLogs) past(step string, a v1alpha1.AttemptStatus) { t.find(step, a).settled = true }

// Done implements Observer.
func (t *liveLogs) Done(ended bool) bool { return t.enough() || ended && t.open == 0 }

package driver

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/driver/recorder"
	"github.com/stepherd/stepherd/internal/driver/stdout"
	"github.com/stepherd/stepherd/internal/driver/steplogs"
	"github.com/stepherd/stepherd/internal/run"
)

// flushTime is how long a driver that was told to go may take to write the record.
const flushTime = 5 * time.Second

// loop is the driver's one goroutine: it owns the state, and all else here.
type loop struct {
	config *Config
	plan   *run.Plan
	state  run.State

	transcript transcript
	// continues is set if a failed step stops no others.
	continues bool

	inbox     inbox
	timer     *time.Timer // answers SetTimer
	logTimer  *time.Timer // tells when the record is to be told how far logs are
	tasks     *sync.WaitGroup
	recorder  records
	executor  *executor
	out       *stdout.Mux
	book      steplogs.Book
	followers *steplogs.Followers
	waits     *waits
	watches   int // of the Pods, that were begun; only the latest counts
	stopWatch context.CancelFunc
	held      heldActions
	holds     int            // actions that were held so far
	refusals  map[int]string // why creates of a step failed, as the record was told
	// saved and kept are the versions of the latest state that the recorder was given, and that is in the record.
	saved, kept int

	start start
	begun bool
	// marks is what the Job tells.
	marks v1alpha1.Marks
	// doubt is set if Pods may exist that this driver has not heard of: another driver worked on the run before it, or the
	// answer to a create was lost.
	doubt   bool
	closing closing
	strays  map[string]bool // UIDs of Pods that were deleted after the verdict
}

// records is what the loop needs of the recorder.
type records interface {
	// Run takes the record and keeps it until ctx is done or this driver cannot go on.
	Run(ctx context.Context, head record.Head)
	// Save gives it an update; it never waits.
	Save(u recorder.Update)
	// Publish tells it how far the logs are.
	Publish(book steplogs.Book)
}

// start is what must be known before the run begins.
type start struct {
	pods                  []run.Pod
	record                record.Record
	listed, marked, taken bool
	takenAt               time.Time
	// early is what happened to Pods after they were listed and before all else was known.
	early []run.Event
}

// latest are the Pods as they are now, with what happened to them since they were listed, and those that have gone
// since: Restored must not go by what is known to be old.
func (s *start) latest() (pods []run.Pod, gone []run.Event) {
	pods = slices.Clone(s.pods)
	for _, e := range s.early {
		seen, is := e.(run.PodSeen)
		if !is {
			gone = append(gone, e)
			continue
		}
		if i := slices.IndexFunc(pods, func(p run.Pod) bool { return p.UID == seen.Pod.UID }); i >= 0 {
			pods[i] = seen.Pod
		} else {
			pods = append(pods, seen.Pod)
		}
	}
	return pods, gone
}

// closing is how far the end of the run has come.
type closing struct {
	verdict *run.Finish
	// saved is closed when the verdict is in the record, and nil after that was noticed.
	saved    chan struct{}
	recorded bool // the verdict is in the record
	swept    bool
	// stuck is set if stdout takes nothing: what has not been printed is given up.
	stuck bool
	// unprinted is set if a run that was found to be over has logs that are not printed yet and may be.
	unprinted bool
	// lastWrite is the version of the record that has all of the logs, and gaveUp is set if it took too long.
	lastWrite int
	gaveUp    bool
}

// final returns the verdict if the record has it, or else nil.
func (c *closing) final() *run.Finish {
	if !c.recorded {
		return nil
	}
	return c.verdict
}

// begin starts what tells the loop of the world. The record, the Pods and the mark are asked for side by side.
func (l *loop) begin(ctx context.Context) {
	now := metav1.Now()
	head := record.Head{
		Version: record.Version, Phase: v1alpha1.RunRunning, StartedAt: &now, StepCount: l.state.Len(),
	}
	l.tasks.Go(func() { l.recorder.Run(ctx, head) })
	l.watchPods(ctx)
	l.tasks.Go(func() {
		_ = l.config.Mark.Watch(ctx, // ends with ctx only
			func(m v1alpha1.Marks) { l.inbox.send(ctx, marked{m}) },
			retried(l.config.Logger, "watch the job"))
	})
}

// watchPods lists and watches the Pods, from now on: what an earlier watch still says counts for nothing.
func (l *loop) watchPods(ctx context.Context) {
	if l.stopWatch != nil {
		l.stopWatch()
	}
	l.start.pods, l.start.listed, l.start.early = nil, false, nil
	ctx, l.stopWatch = context.WithCancel(ctx)
	l.watches++
	watch := l.watches
	l.tasks.Go(func() {
		_ = l.config.Pods.Watch(ctx, // ends with ctx only
			func(pods []run.Pod) { l.inbox.send(ctx, listed{watch, pods}) },
			func(e run.Event) { l.inbox.send(ctx, observed{watch, e}) },
			retried(l.config.Logger, "watch the pods"))
	})
}

// run takes what comes until there is an exit code. ctx ends with SIGTERM, work with the driver.
func (l *loop) run(ctx, work context.Context) int {
	for {
		select {
		case m := <-l.inbox:
			if b, is := m.(broken); is {
				l.config.Logger.Error("this driver stops", zap.Error(b.err), zap.Int("exitCode", b.code))
				return b.code
			}
			l.take(work, m)
		case <-l.timer.C:
			l.feed(work, run.TimerFired{Now: time.Now()})
		case <-l.logTimer.C:
			l.keepLogs()
		case <-l.closing.saved:
			l.sweep(work)
		case <-ctx.Done():
			return l.terminate()
		}
		if code, done := l.exit(); done {
			return code
		}
	}
}

// take takes one message.
func (l *loop) take(ctx context.Context, m message) {
	switch m := m.(type) {
	case listed:
		if m.watch != l.watches {
			return
		}
		l.start.pods, l.start.listed = m.pods, true
		l.doubt = l.doubt || len(m.pods) > 0
		l.started(ctx)
	case taken:
		l.tookRecord(ctx, m)
	case marked:
		l.mark(ctx, m)
	case observed:
		if m.watch != l.watches {
			return
		}
		if !l.begun {
			l.start.early = append(l.start.early, m.event)
			return
		}
		l.feed(ctx, m.event)
	case created:
		l.executor.createdOne(ctx)
		if failed, is := m.event.(run.CreateFailed); is && failed.Class == run.CreateTransient {
			l.doubt = true
		}
		l.feed(ctx, m.event)
	case warned:
		l.feed(ctx, m.event)
	case deleted:
		l.executor.deletedOne(ctx)
	case logBegan:
		l.followers.Began(m.FirstLine)
		l.recorder.Publish(l.book)
		l.awaitLogs()
	case logEnded:
		l.followers.Finished(m.Followed)
	case printed:
		l.printed(ctx, m)
	case overdue:
		l.logRead(ctx, m.uid)
	case stuck:
		l.closing.stuck = true
	case recorded:
		l.inRecord(ctx, m.version)
	case recordedLogs:
		l.book.Recorded(m.logs)
	case swept:
		l.closing.swept = true
		for _, pod := range m.pods {
			l.deleteStray(ctx, pod)
		}
	default:
		panic(fmt.Sprintf("driver: unknown message %T", m))
	}
}

// tookRecord notes the record, which this driver holds from now on. If another driver held it before, the Pods are listed
// again: that a Pod is missing proves something only if it was looked for after the record was taken, because until then the
// other driver may have gone on.
func (l *loop) tookRecord(ctx context.Context, m taken) {
	l.start.record, l.start.taken, l.start.takenAt = m.record, true, time.Now()
	if m.record.Head.Holder != "" {
		l.doubt = true
		l.watchPods(ctx)
	}
	l.started(ctx)
}

// cancelsAsked returns what the Job asks for now that it did not ask for before.
func cancelsAsked(was, is v1alpha1.Marks) []run.Event {
	var events []run.Event
	if is.Cancelled && (!was.Cancelled || was.Deleted != is.Deleted || !sameGrace(was.Grace, is.Grace)) {
		events = append(events, run.CancelAsked{Now: time.Now(), Grace: is.Grace, Deleted: is.Deleted})
	}
	if is.FinallyCancelled && (!was.FinallyCancelled || !sameGrace(was.FinallyGrace, is.FinallyGrace)) {
		events = append(events, run.CancelAsked{Now: time.Now(), Grace: is.FinallyGrace, Finally: true})
	}
	return events
}

func sameGrace(a, b *time.Duration) bool {
	return a == b || a != nil && b != nil && *a == *b
}

// mark takes what the Job tells.
func (l *loop) mark(ctx context.Context, m marked) {
	switch {
	case !l.begun:
		l.marks, l.start.marked = m.marks, true
		l.started(ctx)
	default:
		was := l.marks
		l.marks = m.marks
		for _, e := range cancelsAsked(was, m.marks) {
			l.feed(ctx, e)
		}
	}
}

// started begins the run once all is known. Where the record has a verdict, there is nothing to do but to print what the
// driver that wrote it has not.
func (l *loop) started(ctx context.Context) {
	if s := &l.start; s.taken && s.record.Head.Phase.Ended() {
		l.over(ctx, s)
		return
	}
	if !l.start.taken || !l.start.listed || !l.start.marked {
		return
	}
	s := l.start
	l.begun = true
	l.start = start{}
	pods, gone := s.latest()
	l.inherit(s.record, s.takenAt, pods)
	l.feed(ctx, run.Restored{Now: time.Now(), Record: s.record, Pods: pods, Cancelled: l.marks.Cancelled, Grace: l.marks.Grace,
		Deleted: l.marks.Deleted, FinallyCancelled: l.marks.FinallyCancelled, ScheduledAt: l.marks.ScheduledAt})
	if l.marks.FinallyGrace != nil {
		gone = append(cancelsAsked(v1alpha1.Marks{Cancelled: true, Grace: l.marks.Grace}, l.marks), gone...)
	}
	for _, e := range gone {
		l.feed(ctx, e)
	}
}

// feed gives an event to Next, and does what it asks for at once.
func (l *loop) feed(ctx context.Context, e run.Event) {
	for queue := []run.Event{e}; len(queue) > 0; queue = queue[1:] {
		e := queue[0]
		before := l.state
		var actions []run.Action
		l.state, actions = run.Next(l.plan, before, e)
		ended := l.state.Ended(before)
		l.follow(ctx, e)                  // before the record is told of an end, so that it is told, too, that the log is not printed
		l.keep(before, e, ended, actions) // first, so that a worker who needs the record confirmed finds what to write
		for _, a := range actions {
			l.do(ctx, a)
		}
		l.outliving(ctx, e)
		if stops(l.state, e, ended, l.continues) {
			queue = append(queue, l.withdrawn()...)
		}
		l.transcript.turn(before, l.state, e, actions)
		l.transcript.containers(before, l.state, ended)
	}
}

// do carries out an action.
func (l *loop) do(ctx context.Context, a run.Action) {
	switch a := a.(type) {
	case run.CreatePod:
		l.create(ctx, a)
	case run.DeletePod:
		l.delete(ctx, a)
	case run.SetTimer:
		l.timer.Reset(time.Until(a.At))
	case run.Finish: // keep has seen to it
		l.timer.Stop()
	default:
		panic(fmt.Sprintf("driver: unknown action %T", a))
	}
}

// stops reports whether nothing more may begin: the run is cancelled, or a step has failed. ended are the steps that have just ended.
// continues: a failed step stops no others.
func stops(s run.State, e run.Event, ended []int, continues bool) bool {
	if _, cancel := e.(run.CancelAsked); cancel {
		return true
	}
	return !continues && slices.ContainsFunc(ended, func(i int) bool { return s.Step(i).Phase == v1alpha1.StepFailed })
}

// withdrawn takes back the creates that wait for a worker or for the record, so that a run that stops creates nothing more. CreateBlocked
// means that there certainly is no Pod; if the step may run after all, Next asks again.
func (l *loop) withdrawn() []run.Event {
	var events []run.Event
	for _, a := range append(l.executor.withdraw(), l.held.withdraw()...) {
		events = append(events, run.CreateFailed{
			Now: time.Now(), Step: a.Step, Attempt: a.Attempt, Class: run.CreateBlocked,
			Message: "it was not created, because the run was about to stop",
		})
	}
	return events
}

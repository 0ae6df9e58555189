package driver

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"
	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/driver/recorder"
	"github.com/stepherd/stepherd/internal/driver/steplogs"
	"github.com/stepherd/stepherd/internal/expr"
	"github.com/stepherd/stepherd/internal/run"
)

// heldLoop returns a loop that does nothing but create. The creates block, so that none is begun before the test lets it.
func heldLoop(t *testing.T) *loop {
	t.Helper()
	plan, err := run.NewPlan(&v1alpha1.Pipeline{Steps: []v1alpha1.Step{{Name: "a"}, {Name: "b"}, {Name: "c"}}}, nil, expr.RunInfo{})
	if err != nil {
		t.Fatal(err)
	}
	in, tasks := make(inbox), &sync.WaitGroup{}
	t.Cleanup(tasks.Wait)
	state, _ := run.Next(plan, run.New(plan), run.Restored{Now: time.Now()})
	return &loop{
		plan: plan, state: state, inbox: in, tasks: tasks, held: map[any]held{}, refusals: map[int]string{}, begun: true,
		recorder: &saves{}, followers: steplogs.New(steplogs.Config{Log: zap.NewNop(), Listener: in, Tasks: tasks}),
		executor: &executor{creating: workers, deleting: workers, tasks: tasks, inbox: in, render: func(run.CreatePod) (*corev1.Pod, error) { return nil, nil }},
	}
}

// saves is a recorder that keeps the updates it was given.
type saves []recorder.Update

func (*saves) Run(context.Context, record.Head) {}
func (*saves) Publish(steplogs.Book)            {}
func (s *saves) Save(u recorder.Update)         { *s = append(*s, u) }

// asked are the creates that wait for a worker, and no more for the record.
func asked(l *loop) []string {
	var names []string
	for _, a := range l.executor.creates {
		names = append(names, fmt.Sprintf("%s/%d", a.Step, a.Attempt))
	}
	return names
}

// TestCreateWaitsForRecord: a create that depends on what no Pod proves is sent when the record has all that was known as it was
// asked for, in the order of asking; every other create is sent at once.
func TestCreateWaitsForRecord(t *testing.T) {
	l := heldLoop(t)
	l.saved = 7
	for _, step := range []string{"c", "a"} {
		l.do(t.Context(), run.CreatePod{Step: step, Attempt: 1, AfterRecord: true})
	}
	l.do(t.Context(), run.CreatePod{Step: "b", Attempt: 1})
	if got := asked(l); !slices.Equal(got, []string{"b/1"}) {
		t.Fatalf("sent %v before the record was written", got)
	}
	l.inRecord(t.Context(), 6)
	if got := asked(l); len(got) != 1 {
		t.Fatalf("sent %v after an older version was written", got)
	}
	l.inRecord(t.Context(), 7)
	if got := asked(l); !slices.Equal(got, []string{"b/1", "c/1", "a/1"}) {
		t.Errorf("sent %v", got)
	}
	l.do(t.Context(), run.CreatePod{Step: "a", Attempt: 1, AfterRecord: true})
	if got := asked(l); len(got) != 4 || len(l.held) != 0 {
		t.Errorf("sent %v, held %d, although the record has all", got, len(l.held))
	}
}

// TestHeldCreateIsWithdrawn: a run that stops does not create what waits for the record.
func TestHeldCreateIsWithdrawn(t *testing.T) {
	l := heldLoop(t)
	l.saved = 1
	l.do(t.Context(), run.CreatePod{Step: "a", Attempt: 1, AfterRecord: true})
	l.do(t.Context(), run.DeletePod{Step: "b", Attempt: 1, UID: "u"})
	events := l.withdrawn()
	if len(events) != 1 {
		t.Fatalf("got %v", events)
	}
	if e := events[0].(run.CreateFailed); e.Step != "a" || e.Attempt != 1 || e.Class != run.CreateBlocked {
		t.Errorf("got %+v", e)
	}
	l.inRecord(t.Context(), 1)
	if got := asked(l); len(got) != 0 || len(l.executor.deletes) != 1 {
		t.Errorf("created %v, deleted %v", got, l.executor.deletes)
	}
}

// TestHeldCreateHurriesRecord: what a create waits for is written without delay, also what was to be written later.
func TestHeldCreateHurriesRecord(t *testing.T) {
	l := heldLoop(t)
	within := func() time.Duration {
		given := l.recorder.(*saves)
		defer func() { *given = nil }()
		if len(*given) == 0 {
			return -1
		}
		return (*given)[0].Within
	}
	before := l.state
	l.keep(before, run.TimerFired{}, []int{0}, nil)
	if got := within(); got <= 0 {
		t.Errorf("an end waits %v for others", got)
	}
	create := []run.Action{run.CreatePod{Step: "b", Attempt: 1, AfterRecord: true}}
	l.keep(before, run.TimerFired{}, nil, create)
	if got := within(); got != 0 {
		t.Errorf("what a create waits for is written within %v", got)
	}
	l.kept = l.saved
	l.keep(before, run.TimerFired{}, nil, create)
	if got := within(); got != -1 {
		t.Errorf("the record is told again of what it has, within %v", got)
	}
}

// TestEndHurriesHeldDelete: a driver that has nothing else left to do does not let a delete wait for a write that waits for others,
// also if the record has got the Pod's log meanwhile, with a write that was under way.
func TestEndHurriesHeldDelete(t *testing.T) {
	l := heldLoop(t)
	l.executor.creating, l.executor.deleting = 0, 0
	l.closing = closing{verdict: &run.Finish{Phase: v1alpha1.RunSucceeded}, recorded: true, swept: true}
	l.logTimer = time.NewTimer(time.Hour)
	defer l.logTimer.Stop()
	l.save(recorder.Update{State: l.state, Pieces: map[int]bool{0: true}, Within: recorder.WithinProven})
	l.delete(t.Context(), run.DeletePod{Step: "a", Attempt: 1, UID: "u", AfterLogs: true, AfterRecord: true})
	for range 2 { // the second time there is nothing more to hurry
		if code, done := l.exit(); done {
			t.Fatalf("exit %d with a delete that is held", code)
		}
		updates := *l.recorder.(*saves)
		if len(updates) != 2 || !updates[1].Now {
			t.Fatalf("the record was given %+v", updates)
		}
	}
	l.executor.deleting = workers // so that it is not sent
	l.inRecord(t.Context(), l.saved)
	if len(l.held) != 0 || len(l.executor.deletes) != 1 {
		t.Errorf("held %v, to be deleted %v", l.held, l.executor.deletes)
	}
}

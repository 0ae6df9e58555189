package run

import (
	"reflect"
	"slices"
	"testing"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/expr"
)

func aPlan(t *testing.T, steps ...v1alpha1.Step) *Plan {
	t.Helper()
	plan, err := NewPlan(&v1alpha1.Pipeline{Steps: steps}, nil, expr.RunInfo{})
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func TestEnded(t *testing.T) {
	plan := aPlan(t, v1alpha1.Step{Name: "a"}, v1alpha1.Step{Name: "b"}, v1alpha1.Step{Name: "c", Needs: []string{"b"}})
	s0 := New(plan)
	s1, _ := Next(plan, s0, Restored{Now: clock(0)})
	s2, _ := Next(plan, s1, PodSeen{clock(1), aPod("a", func(p *Pod) { p.Running = true })})
	s3, _ := Next(plan, s2, PodSeen{clock(2), aPod("a", func(p *Pod) { p.End, p.Terminal = EndSucceeded, true })})
	s4, _ := Next(plan, s3, PodSeen{clock(3), aPod("b", func(p *Pod) { p.End, p.Terminal = EndFailed, true })})
	for _, row := range []struct {
		name          string
		before, after State
		want          []int
	}{
		{"nothing yet", State{}, s0, nil},
		{"begun", s0, s1, nil},
		{"running", s1, s2, nil},
		{"succeeded", s2, s3, []int{0}},
		{"failed, and skipped with it", s3, s4, []int{1, 2}},
		{"all", State{}, s4, []int{0, 1, 2}},
		{"the same", s4, s4, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := row.after.Ended(row.before); !slices.Equal(got, row.want) {
				t.Errorf("got %v, want %v", got, row.want)
			}
		})
	}
}

func TestRecord(t *testing.T) {
	plan := aPlan(t, v1alpha1.Step{Name: "a"}, v1alpha1.Step{Name: "b", Needs: []string{"a"}}, v1alpha1.Step{Name: "c"})
	code := int32(3)
	s, _ := Next(plan, New(plan), Restored{Now: clock(0)})
	s, _ = Next(plan, s, PodSeen{clock(1), aPod("c", func(p *Pod) {
		p.Node, p.Created, p.Scheduled, p.Waiting, p.Reason, p.Message =
			"node-1", clock(0), clock(1), WaitingGrace, v1alpha1.ReasonImagePull, "not found"
	})})
	s, _ = Next(plan, s, PodSeen{clock(5), aPod("a", func(p *Pod) {
		p.Node, p.Created, p.Scheduled, p.Started, p.Finished = "node-2", clock(0), clock(1), clock(2), clock(4)
		p.End, p.Reason, p.Message, p.ExitCode, p.Terminal = EndFailed, v1alpha1.ReasonError, "last words", &code, true
	})})
	s, _ = Next(plan, s, CancelAsked{Now: clock(6)})
	want := record.Record{
		Head: record.Head{Version: record.Version, Phase: v1alpha1.RunRunning, StepCount: 3,
			StartedAt: stamp(clock(0)), CancelledAt: stamp(clock(6))},
		Steps: []v1alpha1.StepStatus{
			{Name: "a", Phase: v1alpha1.StepFailed, Reason: v1alpha1.ReasonError, Message: "last words", Attempts: []v1alpha1.AttemptStatus{{
				Number: 1, Pod: "pod-a", Node: "node-2", Phase: v1alpha1.StepFailed, Reason: v1alpha1.ReasonError, Message: "last words", ExitCode: &code,
				CreatedAt: stamp(clock(0)), ScheduledAt: stamp(clock(1)), StartedAt: stamp(clock(2)), FinishedAt: stamp(clock(4)),
			}}},
			{Name: "b", Phase: v1alpha1.StepSkipped, Reason: v1alpha1.ReasonUpstreamFailed, Message: `step "a" failed`, Needs: []string{"a"}},
			{Name: "c", Phase: v1alpha1.StepPending, Reason: v1alpha1.ReasonImagePull, Message: "not found", Attempts: []v1alpha1.AttemptStatus{{
				Number: 1, Pod: "pod-c", Node: "node-1", Phase: v1alpha1.StepPending, Reason: v1alpha1.ReasonImagePull, Message: "not found",
				CreatedAt: stamp(clock(0)), ScheduledAt: stamp(clock(1)),
			}}},
		},
	}
	if got := s.Record(); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	s, _ = Next(plan, s, PodGone{clock(7), aPod("c", nil)})
	head := s.Record().Head
	if head.Phase != v1alpha1.RunCancelled || head.Reason != v1alpha1.ReasonCancelled || head.Message == "" || !head.FinishedAt.Equal(stamp(clock(7))) {
		t.Errorf("got %+v", head)
	}
}

// A cancel that finds nothing to cancel is not in the record.
func TestRecordLeavesOutLateCancel(t *testing.T) {
	plan := aPlan(t, v1alpha1.Step{Name: "a"})
	s, _ := Next(plan, New(plan), Restored{Now: clock(0)})
	s, _ = Next(plan, s, PodSeen{clock(1), aPod("a", func(p *Pod) { p.End = EndSucceeded })})
	s, _ = Next(plan, s, CancelAsked{Now: clock(2)})
	if got := s.Record().Head.CancelledAt; got != nil {
		t.Errorf("got %v", got)
	}
}

// An attempt whose Pod may not exist has no place in the record: the next driver would take its Pod for deleted.
func TestRecordLeavesOutWhatMayNotExist(t *testing.T) {
	plan := aPlan(t, v1alpha1.Step{Name: "a"})
	s, _ := Next(plan, New(plan), Restored{Now: clock(0)})
	if got := s.Record().Steps[0].Attempts; len(got) != 0 {
		t.Errorf("a create that is not answered is in the record: %+v", got)
	}
	s, _ = Next(plan, s, CreateFailed{Now: clock(1), Step: "a", Attempt: 1, Class: CreateTransient, Message: "away"})
	if got := s.Record().Steps[0]; len(got.Attempts) != 0 || got.Message != "away" {
		t.Errorf("got %+v", got)
	}
	s, _ = Next(plan, New(plan), Restored{Now: clock(2), Record: s.Record()})
	if got := s.Step(0).Phase; got != v1alpha1.StepPending {
		t.Errorf("the next driver has the step %s", got)
	}
}

// A record that does not fit the plan must not give a wrong resume.
func TestForeignRecord(t *testing.T) {
	plan := aPlan(t, v1alpha1.Step{Name: "a"}, v1alpha1.Step{Name: "b"})
	done := v1alpha1.StepStatus{Name: "a", Phase: v1alpha1.StepSucceeded}
	for _, row := range []struct {
		name   string
		record record.Record
		fits   bool
	}{
		{"none", record.Record{}, true},
		{"a head alone", record.Record{Head: record.Head{StepCount: 2, Phase: v1alpha1.RunRunning}}, true},
		{"a piece never written", record.Record{Steps: []v1alpha1.StepStatus{done, {}}}, true},
		{"too few", record.Record{Steps: []v1alpha1.StepStatus{done}}, false},
		{"another count", record.Record{Head: record.Head{StepCount: 3}}, false},
		{"another order", record.Record{Steps: []v1alpha1.StepStatus{{Name: "b"}, {Name: "a"}}}, false},
		{"an end without a name", record.Record{Steps: []v1alpha1.StepStatus{{Phase: v1alpha1.StepSucceeded}, {Name: "b"}}}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, actions := Next(plan, New(plan), Restored{Now: clock(0), Record: row.record})
			f, refused := s.Verdict()
			if refused == row.fits {
				t.Fatalf("got %v", actions)
			}
			if !row.fits && (f.Phase != v1alpha1.RunFailed || f.Reason != v1alpha1.ReasonInvalidPlan || len(actions) != 1) {
				t.Errorf("got %v", actions)
			}
		})
	}
}

// A record that contradicts itself ends the run; it never hangs.
func TestContradictoryRecord(t *testing.T) {
	plan := aPlan(t, v1alpha1.Step{Name: "a"}, v1alpha1.Step{Name: "b", Needs: []string{"a"}})
	_, actions := Next(plan, New(plan), Restored{Now: clock(0), Record: record.Record{Steps: []v1alpha1.StepStatus{
		{Name: "a", Phase: v1alpha1.StepSkipped, Reason: v1alpha1.ReasonStopped}, {Name: "b"},
	}}})
	if len(actions) != 1 || show(actions[0]) != "finish Failed StepFailed not all steps succeeded" {
		t.Errorf("got %v", actions)
	}
}

// A Pod that reached its terminal phase without a word on main has failed; it must not be waited for.
func TestTerminalWithoutEnd(t *testing.T) {
	plan := aPlan(t, v1alpha1.Step{Name: "a"})
	s, _ := Next(plan, New(plan), Restored{Now: clock(0)})
	s, _ = Next(plan, s, PodSeen{clock(1), aPod("a", func(p *Pod) { p.Terminal = true })})
	if got := s.Step(0); got.Phase != v1alpha1.StepFailed || got.Reason != v1alpha1.ReasonError {
		t.Errorf("got %+v", got)
	}
}

func TestNextRefusesAnotherPlan(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	Next(aPlan(t), New(aPlan(t)), TimerFired{clock(0)})
}

type strangeEvent struct{}

func (strangeEvent) event() {}

func TestNextRefusesUnknownEvents(t *testing.T) {
	defer func() {
		if got := recover(); got != "run: unknown event run.strangeEvent" {
			t.Errorf("got %v", got)
		}
	}()
	plan := aPlan(t)
	Next(plan, New(plan), strangeEvent{})
}

// What a Pod tells of its own failure is not overwritten by the proof that a later attempt, whose Pod is gone, succeeded.
func TestProofLeavesFailedAttemptsAsTheyAre(t *testing.T) {
	one := int32(1)
	plan := aPlan(t, v1alpha1.Step{Name: "flaky", Settings: v1alpha1.Settings{Retry: &v1alpha1.Retry{Limit: &one}}},
		v1alpha1.Step{Name: "next", Needs: []string{"flaky"}})
	s, _ := Next(plan, New(plan), Restored{Now: clock(0), Pods: []Pod{
		aPod("next", func(p *Pod) { p.Running = true }),
		aPod("flaky", func(p *Pod) { p.End, p.Terminal, p.Reason, p.ExitCode = EndFailed, true, v1alpha1.ReasonError, &one }),
	}})
	st := s.Step(0)
	if st.Phase != v1alpha1.StepSucceeded || len(st.Attempts) != 1 || st.Attempts[0].Phase != v1alpha1.StepFailed || st.Attempts[0].ExitCode == nil {
		t.Errorf("got %+v", st)
	}
}

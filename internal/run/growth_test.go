package run

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/expr"
)

// edgePlan is a plan of ContinueOnFailure from lines like `b: a c?` (b needs the success of a and the end of c).
func edgePlan(t *testing.T, text string) *Plan {
	t.Helper()
	p := &v1alpha1.Pipeline{FailurePolicy: v1alpha1.ContinueOnFailure}
	ends := map[[2]int]bool{}
	for i, line := range strings.Split(text, "\n") {
		name, needs, _ := strings.Cut(line, ":")
		step := v1alpha1.Step{Name: name}
		for k, need := range strings.Fields(needs) {
			ends[[2]int{i, k}] = strings.HasSuffix(need, "?")
			step.Needs = append(step.Needs, strings.TrimSuffix(need, "?"))
		}
		p.Steps = append(p.Steps, step)
	}
	plan, err := NewPlan(p, nil, expr.RunInfo{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range plan.templates {
		for k := range plan.templates[i].needs {
			if ends[[2]int{i, k}] {
				plan.templates[i].needs[k].kind = afterEnd
			}
		}
	}
	return plan
}

// begin is a run that has begun, with the actions of that.
func begin(plan *Plan, record record.Record, pods ...Pod) (State, []string) {
	s, actions := Next(plan, New(plan), Restored{Now: clock(0), Record: record, Pods: pods})
	return s, shown(actions)
}

func shown(actions []Action) []string {
	var all []string
	for _, a := range actions {
		all = append(all, show(a))
	}
	return all
}

func ends(step string, end End) PodSeen {
	return PodSeen{clock(1), aPod(step, func(p *Pod) { p.End, p.Terminal = end, true })}
}

// TestEdgeKinds: which ends let a step start that waits for a success, and one that waits for an end alone.
func TestEdgeKinds(t *testing.T) {
	plan := edgePlan(t, "a\nafter: a\nanyhow: a?\nlast: after? anyhow")
	s, _ := begin(plan, record.Record{})
	s, actions := Next(plan, s, ends("a", EndFailed))
	if got := shown(actions); !slices.Equal(got, []string{"create anyhow/1 after its record"}) {
		t.Errorf("after a failure: %q", got)
	}
	if got := line(s.Step(1)); got != `after: Skipped/UpstreamFailed (step "a" failed)` {
		t.Errorf("got %s", got)
	}
	_, actions = Next(plan, s, ends("anyhow", EndSucceeded))
	if got := shown(actions); !slices.Equal(got, []string{"create last/1 after its record"}) {
		t.Errorf("after a step was skipped whose end is enough: %q", got)
	}
	s, _ = begin(plan, record.Record{})
	_, actions = Next(plan, s, ends("a", EndSucceeded))
	if got := shown(actions); !slices.Equal(got, []string{"create after/1", "create anyhow/1 after its record"}) {
		t.Errorf("after a success: %q", got)
	}
}

// TestEndsAreNoProof: the Pod of a step that waits for an end alone shows nothing of how that end was: such a step, of which
// neither a Pod nor the record is left, is run again and not taken to have succeeded.
func TestEndsAreNoProof(t *testing.T) {
	for kind, want := range map[string]v1alpha1.StepPhase{"a": v1alpha1.StepSucceeded, "a?": v1alpha1.StepPending} {
		plan := edgePlan(t, "a\nb: "+kind)
		s, _ := begin(plan, record.Record{}, aPod("b", func(p *Pod) { p.Running = true }))
		if got := s.Step(0).Phase; got != want {
			t.Errorf("b needs %s: a is %s, want %s", kind, got, want)
		}
		// A Pod that has failed is not an earlier attempt's, unless a success is proven.
		s, _ = begin(plan, record.Record{}, aPod("b", func(p *Pod) { p.Running = true }), ends("a", EndFailed).Pod)
		if got := s.Step(0).Phase; got == v1alpha1.StepFailed != (kind == "a?") {
			t.Errorf("b needs %s: a, whose Pod has failed, is %s", kind, got)
		}
		if got := s.Proven(0); got != (kind == "a") {
			t.Errorf("b needs %s: the success of a is proven: %v", kind, got)
		}
	}
}

// grownRun is a run of 63 steps and "join", and three that join when s0 has succeeded: they fill a chunk of the steps and a word of
// the sets, and begin the next ones.
func grownRun(t *testing.T) (*Plan, State) {
	t.Helper()
	var text []string
	for i := range 63 {
		text = append(text, fmt.Sprintf("s%d", i))
	}
	plan := edgePlan(t, strings.Join(append(text, "join: s0"), "\n"))
	plan.parallelism = 1
	s, _ := begin(plan, record.Record{})
	var more []addition
	for k := range 3 {
		more = append(more, addition{
			name: fmt.Sprintf("s0[%d]", k), template: 0, index: k, needs: []edge{{0, afterSuccess}},
			before: []edge{{63, edgeKind(k % 2)}},
		})
	}
	after, _, err := growNext(s, more, TimerFired{clock(1)})
	if err != nil {
		t.Fatal(err)
	}
	if _, known := s.Index("s0[1]"); known || s.Len() != 64 {
		t.Error("the state that was given has grown, too")
	}
	if got := after.Ended(s); len(got) > 0 {
		t.Errorf("steps %v have ended with the growth", got)
	}
	return plan, after
}

func TestGrowth(t *testing.T) {
	plan, s := grownRun(t)
	if i, known := s.Index("s0[2]"); !known || i != 66 || s.Name(66) != "s0[2]" || s.Len() != 67 {
		t.Fatalf("s0[2] is number %d of %d", i, s.Len())
	}
	if got := s.Step(63).Needs; !slices.Equal(got, []string{"s0", "s0[0]", "s0[1]", "s0[2]"}) {
		t.Errorf("join needs %q", got)
	}
	if got := (State{}).Step(3); !reflect.DeepEqual(got, v1alpha1.StepStatus{}) {
		t.Errorf("a step that is not there is %+v", got)
	}
	var order []string
	for range 67 {
		for i := range s.Len() {
			if st := s.Step(i); st.Phase == v1alpha1.StepPending {
				order = append(order, st.Name)
				s, _ = Next(plan, s, ends(st.Name, EndSucceeded))
			}
		}
	}
	if got := order[62:]; !slices.Equal(got, []string{"s62", "s0[0]", "s0[1]", "s0[2]", "join"}) {
		t.Errorf("the last that ran were %q", got)
	}
	if f, _ := s.Verdict(); f.Phase != v1alpha1.RunSucceeded {
		t.Errorf("the verdict is %+v", f)
	}
}

// TestGrowthIsRestored: a driver that reads the record has the same graph.
func TestGrowthIsRestored(t *testing.T) {
	plan, s := grownRun(t)
	restored, _ := begin(plan, s.Record())
	if !reflect.DeepEqual(restored.table, s.table) || !reflect.DeepEqual(restored.Record(), s.Record()) {
		t.Errorf("the next driver has %+v, want %+v", restored.Record(), s.Record())
	}
	for name, spoil := range map[string]func(*record.Record){
		"without the growth":        func(r *record.Record) { r.Steps[65].Growth = nil },
		"of a template that is not": func(r *record.Record) { r.Steps[65].Growth.Template = "s99" },
		"with a need that is not":   func(r *record.Record) { r.Steps[65].Needs = []string{"s99"} },
		"before what is not":        func(r *record.Record) { r.Steps[65].Growth.Before[0].Step = "s99" },
		"twice of a name":           func(r *record.Record) { r.Steps[65].Name = "s1" },
		"cut":                       func(r *record.Record) { r.Steps = r.Steps[:65] },
		"a head alone":              func(r *record.Record) { r.Steps = nil },
	} {
		_, grown := grownRun(t)
		r := grown.Record()
		spoil(&r)
		if got, _ := begin(plan, r); got.verdict == nil || got.verdict.Reason != v1alpha1.ReasonInvalidPlan {
			t.Errorf("%s: the verdict is %v", name, got.verdict)
		}
	}
}

// TestGrowthThatFitsNowhere changes nothing.
func TestGrowthThatFitsNowhere(t *testing.T) {
	plan := edgePlan(t, "a\nb: a\nc: b")
	s, _ := begin(plan, record.Record{})
	tooMany := make([]addition, v1alpha1.MaxSteps-2)
	for name, row := range map[string]struct {
		more []addition
		says string
	}{
		"taken":        {[]addition{{name: "b"}}, "its name is taken"},
		"unknown":      {[]addition{{name: "d", needs: []edge{{7, afterEnd}}}}, "it needs step number 7"},
		"a later one":  {[]addition{{name: "d", needs: []edge{{4, afterEnd}}}, {name: "e"}}, "it needs step number 4"},
		"before none":  {[]addition{{name: "d", before: []edge{{7, afterEnd}}}}, "step number 7, which is to wait for it"},
		"has begun":    {[]addition{{name: "d", before: []edge{{0, afterEnd}}}}, `step "a" has begun`},
		"circle":       {[]addition{{name: "d", needs: []edge{{2, afterEnd}}, before: []edge{{1, afterEnd}}}}, "in a circle"},
		"one too many": {tooMany, "a run may have 10000 steps, and 10001 are too many"},
	} {
		t.Run(name, func(t *testing.T) {
			after, _, err := growNext(s, row.more, TimerFired{clock(1)})
			if err == nil || !strings.Contains(err.Error(), row.says) {
				t.Errorf("got %v", err)
			}
			if !reflect.DeepEqual(after, s) {
				t.Error("the state has changed")
			}
		})
	}
}

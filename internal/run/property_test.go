package run

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"slices"
	"testing"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/expr"
)

// TestReference plays 10,000 random runs, of 2,500 pipelines, with conditions, results and finally, under all policies, with failures
// and cancels and with drivers that are replaced, and compares the phases with those of the reference.
func TestReference(t *testing.T) {
	seen := map[string]int{}
	for seed := range int64(2500) {
		rng := rand.New(rand.NewSource(seed))
		m := randomModel(rng)
		pipeline := m.pipeline()
		plan, err := NewPlan(pipeline, nil, expr.RunInfo{})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		for k := range 4 {
			m.disturb(rng)
			plan.policy = m.policy
			want := &reference{model: m, phase: make([]v1alpha1.StepPhase, len(m.steps))}
			want.interpret()
			got := &staged{model: m, plan: plan, restarts: k >= 2, rng: rng, state: New(plan), pods: map[string]Pod{}}
			if problem := got.compare(want); problem != "" {
				t.Fatalf("seed %d, run %d: %s\n%s", seed, k, problem, got.story(pipeline))
			}
			for i := range m.steps {
				st := got.state.Step(i)
				seen[fmt.Sprint(st.Phase, st.Reason, st.Finally)]++
			}
		}
	}
	// All that there is happens often enough for a difference to show.
	for _, end := range []string{
		"Succeeded", "FailedRejected", "FailedInvalidResult", "FailedInvalidExpression", "SkippedConditionFalse", "SkippedUpstreamFailed",
		"SkippedCancelled", "CancelledCancelled",
	} {
		for _, finally := range []bool{false, true} {
			if n := seen[fmt.Sprint(end, finally)]; n < 40 {
				t.Errorf("%d steps have ended with %s, under finally: %v", n, end, finally)
			}
		}
	}
	for _, end := range []string{"SkippedStoppedfalse", "CancelledStoppedfalse"} {
		if seen[end] < 40 {
			t.Errorf("%d steps have ended with %s", seen[end], end)
		}
	}
	t.Log(seen)
}

// randomModel makes the steps of a pipeline.
func randomModel(rng *rand.Rand) *model {
	m := &model{}
	steps, finally := 1+rng.Intn(8), rng.Intn(4)
	above := make([]map[int]bool, steps+finally)
	for i := range steps + finally {
		s := modelStep{arg: -1, result: -1, finally: i >= steps}
		above[i] = map[int]bool{}
		from := 0
		if s.finally {
			from = steps
			for k := range steps {
				above[i][k] = true
			}
		}
		for k := from; k < i; k++ {
			if rng.Intn(3) == 0 {
				s.needs = append(s.needs, k)
				above[i][k] = true
				for j := range above[k] {
					above[i][j] = true
				}
			}
		}
		if rng.Intn(2) == 0 {
			s.result = rng.Intn(5)
		}
		visible := sortedKeys(above[i])
		if rng.Intn(2) == 0 {
			s.when = m.randomTerm(rng, visible, s.finally, 2)
		}
		if k := rng.Intn(8); k < len(visible) && m.steps[visible[k]].result >= 0 {
			s.arg = visible[k]
		}
		m.steps = append(m.steps, s)
	}
	return m
}

func sortedKeys(set map[int]bool) []int {
	var keys []int
	for k := range set {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// disturb chooses what differs between the runs of a pipeline.
func (m *model) disturb(rng *rand.Rand) {
	m.policy = []v1alpha1.FailurePolicy{v1alpha1.StopOnFailure, v1alpha1.FailFast, v1alpha1.ContinueOnFailure}[rng.Intn(3)]
	m.cancelAt, m.cancelFinallyAt = rng.Intn(12)-6, rng.Intn(16)-6
	badness := 1 + rng.Intn(6)
	for i, rank := range rng.Perm(len(m.steps)) {
		m.steps[i].rank, m.steps[i].fails = rank, rng.Intn(badness) == 1
	}
}

// pipeline writes the model as a file has it.
func (m *model) pipeline() *v1alpha1.Pipeline {
	p := &v1alpha1.Pipeline{}
	for i, s := range m.steps {
		st := v1alpha1.Step{Name: fmt.Sprintf("s%d", i)}
		for _, k := range s.needs {
			st.Needs = append(st.Needs, fmt.Sprintf("s%d", k))
		}
		if s.when != nil {
			st.When = s.when.text
		}
		if s.arg >= 0 {
			st.Args = []string{fmt.Sprintf("${{ steps.s%d.results.n }}", s.arg)}
		}
		if s.result >= 0 {
			st.Results = []v1alpha1.Result{{Name: "n", Type: v1alpha1.TypeInteger}}
		}
		if s.finally {
			p.Finally = append(p.Finally, st)
		} else {
			p.Steps = append(p.Steps, st)
		}
	}
	return p
}

// staged is a run of Next in which steps end in the order of the model, and Pods go at once when they are to be deleted.
type staged struct {
	*model
	plan     *Plan
	restarts bool
	rng      *rand.Rand
	state    State
	pods     map[string]Pod
	kept     record.Record
	creates  []CreatePod
	deletes  []DeletePod
	events   []any   // and actions
	asked    [2]bool // for the marks
	done     bool
}

// compare plays the run and tells what differs from the reference.
func (s *staged) compare(want *reference) string {
	s.feed(Restored{})
	for tick := 0; !s.done; {
		next := s.next(func(i int) bool { p := s.pods[fmt.Sprintf("s%d", i)]; return p.Running })
		switch {
		case s.restarts && s.rng.Intn(6) == 0:
			s.restart()
		case len(s.creates) > 0:
			s.answer()
		case len(s.deletes) > 0:
			name := s.deletes[0].Step
			s.deletes = s.deletes[1:]
			gone := s.pods[name]
			delete(s.pods, name)
			gone.Running, gone.Deleting = false, true
			s.feed(PodGone{Pod: gone})
		case s.cancel(tick):
		case next < 0:
			return "nothing runs, and there is no verdict"
		default:
			tick++
			s.end(next)
		}
	}
	for i := range s.steps {
		got, is := s.state.Step(i).Phase, want.phase[i]
		if s.restarts && got == v1alpha1.StepSkipped && is == v1alpha1.StepCancelled {
			continue // nothing is left of the Pod
		}
		if got != is {
			return fmt.Sprintf("s%d is %s, want %s", i, line(s.state.Step(i)), is)
		}
	}
	if f, _ := s.state.Verdict(); f.Phase != want.finish() {
		return fmt.Sprintf("the run is %v, want %s", f, want.finish())
	}
	return ""
}

func (s *staged) feed(e Event) {
	s.events = append(s.events, e)
	var actions []Action
	s.state, actions = Next(s.plan, s.state, at(e, clock(0)))
	for _, a := range actions {
		s.events = append(s.events, a)
		switch a := a.(type) {
		case CreatePod:
			s.creates = append(s.creates, a)
		case DeletePod:
			s.deletes = append(s.deletes, a)
		case Finish:
			s.done = true
		case SetTimer:
		}
	}
}

// answer makes the Pod of the oldest create, unless an argument has no value.
func (s *staged) answer() {
	a := s.creates[0]
	s.creates = s.creates[1:]
	if a.AfterRecord || s.rng.Intn(4) == 0 {
		s.kept = s.state.Record()
	}
	i, _ := s.state.Index(a.Step)
	if k := s.steps[i].arg; k >= 0 {
		if _, results, _ := a.Values.Step(fmt.Sprintf("s%d", k)); string(results["n"]) != fmt.Sprint(s.steps[k].result) {
			s.feed(CreateFailed{Step: a.Step, Attempt: a.Attempt, Class: CreateRejected, Reason: v1alpha1.ReasonInvalidExpression})
			s.kept = s.state.Record() // or another driver would find another value
			return
		}
	}
	pod := aPod(a.Step, func(p *Pod) { p.Running, p.Node = true, "n" })
	s.pods[a.Step] = pod
	s.feed(PodSeen{Pod: pod})
}

// end ends a step's program.
func (s *staged) end(i int) {
	name := fmt.Sprintf("s%d", i)
	pod := s.pods[name]
	pod.Running, pod.Terminal, pod.End, pod.Containers = false, true, EndSucceeded, 1
	if n := s.steps[i].result; n >= 0 {
		output, _ := json.Marshal(map[string]int{"n": n})
		pod.Output = string(output)
	}
	switch {
	case s.steps[i].fails && s.steps[i].result >= 0 && i%2 == 0:
		pod.Output = `{"n": "none"}`
	case s.steps[i].fails:
		pod.End, pod.Reason = EndFailed, v1alpha1.ReasonRejected // which is not tried again
	}
	s.pods[name] = pod
	s.feed(PodSeen{Pod: pod})
}

// cancel puts the marks on the Job when it is time.
func (s *staged) cancel(tick int) bool {
	for k, at := range []int{s.cancelAt, s.cancelFinallyAt} {
		if tick == at && !s.asked[k] {
			s.asked[k] = true
			s.feed(CancelAsked{Finally: k == 1})
			s.kept = s.state.Record()
			return true
		}
	}
	return false
}

// restart replaces the driver. What it had not sent, and what the record has not got, is lost.
func (s *staged) restart() {
	began := Restored{Record: s.kept, Cancelled: !s.state.cancelledAt.IsZero(), FinallyCancelled: s.state.final.cancelled}
	for _, pod := range s.pods {
		began.Pods = append(began.Pods, pod)
	}
	s.state, s.creates, s.deletes = New(s.plan), nil, nil
	s.feed(began)
}

func (s *staged) story(p *v1alpha1.Pipeline) string {
	text := fmt.Sprintf("%s, cancel at %d and %d\n", s.policy, s.cancelAt, s.cancelFinallyAt)
	for i, st := range slices.Concat(p.Steps, p.Finally) {
		text += fmt.Sprintf("%s: needs %v, when %s, args %v, finally %v, fails %v, result %d, rank %d\n",
			st.Name, st.Needs, st.When, st.Args, s.steps[i].finally, s.steps[i].fails, s.steps[i].result, s.steps[i].rank)
	}
	for _, e := range s.events {
		if a, is := e.(Action); is {
			text += "    " + show(a) + "\n"
		} else {
			text += fmt.Sprintf("%T %+v\n", e, e)
		}
	}
	return text
}

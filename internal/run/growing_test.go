package run

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// mixKinds makes some needs of the plan ones that must only have ended.
func (s *simulation) mixKinds() {
	for i := range s.plan.templates {
		for k := range s.plan.templates[i].needs {
			if s.oneIn(3) {
				s.plan.templates[i].needs[k].kind, s.steps[i].needs[k].kind = afterEnd, afterEnd
			}
		}
	}
}

// growRun lets up to three steps join the run, as a fan-out will whose size is known only at run time.
func (s *simulation) growRun() {
	had := len(s.steps)
	if had > 200 {
		return
	}
	var more []addition
	for k := range 1 + s.rng.Intn(3) {
		a := addition{name: fmt.Sprintf("s%d", had+k), template: s.rng.Intn(len(s.plan.templates)), index: k}
		for range s.rng.Intn(4) {
			a.needs = withEdge(a.needs, s.rng.Intn(had+k), edgeKind(s.rng.Intn(2)))
		}
		for range s.rng.Intn(3) {
			a.before = withEdge(a.before, s.rng.Intn(had), edgeKind(s.rng.Intn(2)))
		}
		more = append(more, a)
	}
	s.feedGrowth(more)
}

func withEdge(edges []edge, node int, kind edgeKind) []edge {
	if slices.ContainsFunc(edges, func(e edge) bool { return int(e.node) == node }) {
		return edges
	}
	return append(edges, edge{int32(node), kind})
}

// feedGrowth is feed for a growth. One that is no graph, or that comes too late for a step that is to wait, changes nothing.
func (s *simulation) feedGrowth(more []addition) {
	given, kept := s.state, deepCopy(s.state)
	after, actions, err := growNext(given, more, TimerFired{Now: s.clock()})
	if !reflect.DeepEqual(given, kept) {
		broken("8: a growth wrote to the state that it was given")
	}
	if err != nil {
		if !reflect.DeepEqual(after, kept) {
			broken("a growth that was refused (%v) has changed the state", err)
		}
		return
	}
	for _, a := range more {
		s.joinWorld(a)
	}
	s.state = after
	s.carryOut(TimerFired{Now: s.clock()}, given, actions)
}

// growNext is Next for an event with which steps join the run.
func growNext(s State, more []addition, e Event) (State, []Action, error) {
	d := newTransition(s, when(e))
	if err := d.grow(more); err != nil {
		return d.State, nil, err
	}
	d.conclude(e)
	return d.State, d.actions, nil
}

// joinWorld makes the truth about a step that has joined.
func (s *simulation) joinWorld(a addition) {
	made := &s.steps[a.template]
	s.steps = append(s.steps, worldStep{
		needs: slices.Clone(a.needs), exclusive: made.exclusive, sides: made.sides, inits: made.inits, must: made.must,
		policy: made.policy, fates: made.fates, grown: true, modelStep: modelStep{arg: -1, result: -1},
	})
	for _, next := range a.before {
		s.steps[next.node].needs = append(slices.Clip(s.steps[next.node].needs), edge{int32(len(s.steps) - 1), next.kind})
	}
	s.pipeline.Steps = append(s.pipeline.Steps, v1alpha1.Step{Name: a.name})
	s.told = append(s.told, nil)
	s.check.unanswered = append(s.check.unanswered, 0)
	s.check.again = append(s.check.again, window{})
}

// forgetUnrecorded takes away the steps that had joined and of which the record does not know when a driver dies. Nothing may have
// been done for any of them (12).
func (s *simulation) forgetUnrecorded() {
	if !s.grows {
		return
	}
	n := max(len(s.kept.Steps), len(s.plan.templates))
	for i := n; i < len(s.steps); i++ {
		if len(s.steps[i].made) > 0 || s.steps[i].refused {
			broken("12: a Pod of s%d was created, and the record does not know of the step", i)
		}
	}
	s.steps, s.pipeline.Steps = s.steps[:n], s.pipeline.Steps[:n]
	for i := range s.steps {
		s.steps[i].needs = slices.DeleteFunc(slices.Clone(s.steps[i].needs), func(e edge) bool { return int(e.node) >= n })
	}
}

// checkHeld holds that the record has what no Pod proves before a Pod is created that depends on it (12).
func (s *simulation) checkHeld(r request) {
	if len(s.kept.Steps) <= r.step {
		if s.steps[r.step].grown {
			broken("12: s%d/%d is created, and the record does not know of the step", r.step, r.attempt)
		}
	}
	s.checkConditionHeld(r)
	for _, need := range s.steps[r.step].needs {
		if need.kind != afterSuccess && (len(s.kept.Steps) == 0 || !s.kept.Steps[need.node].Phase.Ended()) {
			broken("12: s%d/%d is created, and the record has not the end of s%d", r.step, r.attempt, need.node)
		}
	}
}

// ripeCreates are the creates that the driver sends: of those that wait for the record those for which it has been written.
func (s *simulation) ripeCreates() []int {
	var ripe []int
	for k, r := range s.creates {
		if !r.afterRecord || s.keptAt >= r.version {
			ripe = append(ripe, k)
		}
	}
	return ripe
}

// sendCreate takes a create out of the queue.
func (s *simulation) sendCreate(k int) request {
	r := s.creates[k]
	s.checkHeld(r)
	s.creates = slices.Delete(s.creates, k, k+1)
	return r
}

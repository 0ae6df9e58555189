package run

import (
	"fmt"
	"slices"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// addConditions gives results and conditions to steps of a random pipeline, and puts the last of them under finally.
func (s *simulation) addConditions() {
	p, n := s.pipeline, len(s.steps)
	first := n - s.rng.Intn(min(n, 4))
	if s.oneIn(2) {
		p.FinallyTimeout = s.seconds(30, 900)
	}
	m := &model{steps: make([]modelStep, n)}
	for i := range n {
		st := &m.steps[i]
		st.finally, st.arg, st.result = i >= first, -1, -1
		s.steps[i].needs = slices.DeleteFunc(s.steps[i].needs, func(e edge) bool { return (int(e.node) >= first) != st.finally })
		p.Steps[i].Needs = nil
		for _, e := range s.steps[i].needs {
			st.needs = append(st.needs, int(e.node))
			p.Steps[i].Needs = append(p.Steps[i].Needs, fmt.Sprintf("s%d", e.node))
		}
		if s.oneIn(3) {
			st.result = s.rng.Intn(5)
			p.Steps[i].Results = []v1alpha1.Result{{Name: "n", Type: v1alpha1.TypeInteger}}
			if s.oneIn(8) {
				s.steps[i].fates = append(s.steps[i].fates, misreports)
			}
		}
	}
	for i := range n {
		s.addCondition(m, i, first)
		s.steps[i].modelStep = m.steps[i]
	}
	p.Steps, p.Finally = p.Steps[:first:first], p.Steps[first:]
	s.model = m
}

// addCondition gives a step a condition, or an argument that uses a result.
func (s *simulation) addCondition(m *model, i, first int) {
	st := &m.steps[i]
	above := map[int]bool{}
	m.climb(i, above)
	for k := 0; st.finally && k < first; k++ {
		above[k] = true
	}
	visible := sortedKeys(above)
	if s.oneIn(3) {
		st.when = m.randomTerm(s.rng, visible, st.finally, 2)
		s.pipeline.Steps[i].When = st.when.text
	}
	if k := s.rng.Intn(12); k < len(visible) && m.steps[visible[k]].result >= 0 {
		st.arg = visible[k]
		s.pipeline.Steps[i].Args = []string{fmt.Sprintf("${{ steps.s%d.results.n }}", st.arg)}
	}
	for k := range s.steps[i].needs {
		switch {
		case st.exempt():
			s.steps[i].needs[k].kind = afterEnd
		case st.status():
			s.steps[i].needs[k].kind = afterNoFailure
		}
	}
}

func (m *model) climb(i int, above map[int]bool) {
	for _, k := range m.steps[i].needs {
		if !above[k] {
			above[k] = true
			m.climb(k, above)
		}
	}
}

// view is the run as the reference sees it, by the ends that the driver knows.
func (s *simulation) view() *reference {
	r := &reference{model: s.model, phase: make([]v1alpha1.StepPhase, len(s.steps))}
	for i := range s.steps {
		r.phase[i] = s.end(i).phase
	}
	if v := s.state.final.verdict; v != nil {
		r.verdict = v.Phase
	}
	return r
}

// after is what the reference says, for graphs that are larger than its own.
func (s *simulation) after(i int, skips bool) known {
	if s.steps[i].finally && !skips && s.view().anyFailed() {
		return yes
	}
	found := make([]known, len(s.steps)) // by step, of those that it needs
	for _, n := range s.state.table.order() {
		for _, need := range s.steps[n].needs {
			k := int(need.node)
			switch p := s.end(k).phase; {
			case p == v1alpha1.StepFailed:
				found[n] = yes
			case !p.Ended():
				found[n] = max(found[n], open)
			case !skips, p == v1alpha1.StepSkipped && !s.steps[k].exempt():
				found[n] = max(found[n], found[k])
			}
		}
	}
	return found[i]
}

// lacks reports whether the result that an argument of a step uses is missing.
func (s *simulation) lacks(i int) bool {
	return s.model != nil && s.view().starts(&s.steps[i].modelStep) == v1alpha1.StepFailed
}

// conditionFails reports whether a step's condition has no value.
func (s *simulation) conditionFails(i int) bool {
	if s.model == nil || s.view().waits(i) {
		return false
	}
	r := s.view()
	_, err := s.steps[i].holds(r, i, s.after(i, false) == yes)
	return err != nil
}

// conditionIsFalse reports whether there is a condition because of which a step is skipped: its own, or that of one before it.
func (s *simulation) conditionIsFalse(i int) bool {
	if s.model == nil {
		return false
	}
	for _, need := range s.steps[i].needs {
		if need.kind == afterSuccess && s.end(int(need.node)).reason == v1alpha1.ReasonConditionFalse {
			return true
		}
	}
	r := s.view()
	failed := s.after(i, false)
	holds, err := s.steps[i].holds(r, i, failed == yes)
	return !r.waits(i) && err == nil && !holds && !(s.steps[i].exempt() && failed == open)
}

// comesAfterFailure reports whether a step that calls succeeded() alone is skipped because of a failure.
func (s *simulation) comesAfterFailure(i int) bool {
	st := &s.steps[i]
	if s.model == nil || !st.status() || st.exempt() {
		return false
	}
	return s.after(i, true) == yes
}

// handsOn reports whether the driver knows the results of a step that has succeeded.
func (s *simulation) handsOn(i int, is v1alpha1.StepStatus) bool {
	if s.model == nil || s.steps[i].result < 0 {
		return is.Results == nil
	}
	return string(is.Results["n"]) == fmt.Sprint(s.steps[i].result)
}

// conditional checks what a condition demands of a step that is created (1), and what its expressions are evaluated with (13).
func (c *checker) conditional(s *simulation, i int, a CreatePod) {
	if s.model == nil {
		return
	}
	st, r := &s.steps[i], s.view()
	failed := s.after(i, false)
	holds, err := st.holds(r, i, failed == yes)
	switch {
	case r.waits(i):
		broken("1: s%d is created before all that it needs or uses has ended", i)
	case a.Attempt == 1 && (err != nil || !holds):
		broken("1: s%d is created, its condition %s is %v, %v", i, st.when.text, holds, err)
	case st.exempt() && failed == open, st.status() && !st.exempt() && s.after(i, true) != no:
		broken("1: s%d is created before it is known whether it comes after a failure", i)
	case (a.Values != nil) != (st.arg >= 0):
		broken("13: s%d is created with the values %v", i, a.Values)
	case a.Values != nil:
		phase, results, ended := a.Values.Step(fmt.Sprintf("s%d", st.arg))
		want, _ := r.result(st.arg)
		if missing := r.starts(&st.modelStep) == v1alpha1.StepFailed; !ended || phase != string(r.phase[st.arg]) || (results["n"] == nil) != missing ||
			!missing && string(results["n"]) != fmt.Sprint(want) {
			broken("13: s%d is created with %s %q of s%d, want %s %d", i, phase, results, st.arg, r.phase[st.arg], want)
		}
	}
}

// dependsOnRecord reports whether a step depends on what no Pod proves (12).
func (s *simulation) dependsOnRecord(i int) bool {
	st := &s.steps[i]
	if st.grown || slices.ContainsFunc(st.needs, func(e edge) bool { return e.kind != afterSuccess }) {
		return true
	}
	return s.model != nil && (st.when != nil || st.arg >= 0 || st.finally && len(st.needs) == 0 ||
		slices.ContainsFunc(st.needs, func(e edge) bool { return s.steps[e.node].result >= 0 }))
}

// checkConditionHeld holds that the record has the results and the ends that a step uses, and the verdict that it follows, before its
// Pod is created (12).
func (s *simulation) checkConditionHeld(r request) {
	if s.model == nil {
		return
	}
	st := &s.steps[r.step]
	if st.finally && s.kept.Head.Provisional == nil {
		broken("12: s%d/%d is created, and the record has no verdict on the steps before finally", r.step, r.attempt)
	}
	used := st.uses()
	for _, need := range st.needs {
		if s.steps[need.node].result >= 0 {
			used = append(used, int(need.node))
		}
	}
	for _, k := range used {
		is := s.kept.Steps[k]
		if !is.Phase.Ended() || is.Phase == v1alpha1.StepSucceeded && !s.handsOn(k, is) {
			broken("12: s%d/%d is created, and the record has not how s%d ended", r.step, r.attempt, k)
		}
	}
}

// finallyChecker is what this driver was told of finally.
type finallyChecker struct {
	begun, cancelled, timedOut bool
	grace                      *time.Duration
}

// allEnded reports whether all steps have ended, or all but those under finally.
func (s *simulation) allEnded(state State, finally bool) bool {
	for i := range s.steps {
		if (finally || !s.steps[i].finally) && i < state.Len() && !state.steps.at(i).end.known() {
			return false
		}
	}
	return true
}

func (c *checker) hearFinally(s *simulation, before State, grace *time.Duration) {
	if !c.finally.begun || s.allEnded(before, true) {
		return
	}
	c.finally.cancelled = true
	if grace != nil && (c.finally.grace == nil || *grace < *c.finally.grace) {
		c.finally.grace = grace
	}
}

func (s *simulation) finallyEnds() time.Duration {
	return s.state.final.startedAt.Sub(clock(0)) + s.plan.finallyTimeout
}

func (c *checker) finallyTimes(s *simulation) {
	c.finally.timedOut = c.finally.timedOut || c.finally.begun && !c.finally.cancelled && s.now >= s.finallyEnds()
}

// finallyStands checks when finally begins, that its time is waited for, and that the verdict before it never changes (7).
func (c *checker) finallyStands(s *simulation, before State) {
	now := s.state.final
	if kept := s.kept.Head.Provisional; kept != nil {
		if now.verdict == nil || now.verdict.Phase != kept.Phase || now.verdict.Message != kept.Message || !now.startedAt.Equal(s.kept.Head.FinallyStartedAt.Time) {
			broken("7: the record has the provisional verdict %+v, the driver %+v", kept, now.verdict)
		}
	}
	if now.begun() && !c.finally.begun {
		c.finally.begun = true
		if want := s.verdictOn(false); !s.allEnded(s.state, false) || now.verdict.Phase != want.Phase || now.verdict.Reason != want.Reason {
			broken("7: finally begins after %+v, want %+v", now.verdict, want)
		}
		for i := range s.steps {
			for _, t := range s.told[i] {
				if !s.steps[i].finally && t.lives() && !(t.stray && t.Deleting && t.NodeSilent) {
					broken("1: finally begins, and there is %+v", t)
				}
			}
		}
	}
	if now.begun() && !c.finally.cancelled && !c.finally.timedOut && !s.allEnded(s.state, true) {
		c.awaited(s, -2, s.finallyEnds())
	}
}

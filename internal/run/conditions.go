package run

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/expr"
)

// decide decides whether the steps start whose needs have ended, as far as nothing that this depends on can change any more. It
// reports whether a step has ended with that.
func (d *transition) decide() bool {
	if !d.plan.decides || !d.undrawn {
		return false
	}
	d.undrawn = false
	d.own()
	for i := range d.undecided.all() {
		d.decideStep(i)
	}
	return len(d.ended) > 0
}

func (d *transition) decideStep(i int) {
	t := d.template(i)
	if slices.ContainsFunc(t.uses, d.isOpen) {
		return // a need was skipped before all that it needs had ended
	}
	failed, final := false, true
	if t.exempt {
		failed, final = d.failedBefore(i)
	}
	if !final {
		return
	}
	holds, err := true, error(nil)
	if t.condition != nil {
		values := d.values()
		values.Succeeded, values.Failed = d.needsSucceeded(i), failed
		holds, err = t.condition.Eval(values)
	}
	switch {
	case err != nil:
		d.endStep(i, failure(v1alpha1.ReasonInvalidExpression, "when: "+err.Error()))
	case !holds:
		when := strings.Join(strings.Fields(t.when), " ")
		d.skip(i, v1alpha1.ReasonConditionFalse, fmt.Sprintf("the condition of step %q is false: %s", d.Name(i), cut(when, maxQuoted)))
	default:
		d.update(i, func(st *step) { st.decided = true })
	}
}

// needsSucceeded is what succeeded() returns: whether all steps that a step needs itself have succeeded.
func (s *State) needsSucceeded(i int) bool {
	return !slices.ContainsFunc(s.needs(i), func(need edge) bool {
		return s.steps.at(int(need.node)).end.phase != v1alpha1.StepSucceeded
	})
}

// failedBefore is what failed() returns: whether a step has failed that a step needs, directly or by others, or that comes before
// finally. It may still become true unless it is final.
func (d *transition) failedBefore(i int) (failed, final bool) {
	if d.template(i).finally && !d.failed.empty() {
		return true, true
	}
	final = true
	for _, need := range d.needs(i) {
		k := int(need.node)
		d.trace(k)
		if d.tainted.has(k) {
			return true, true
		}
		final = final && d.unfailed.has(k)
	}
	return false, final
}

// trace finds out whether a step has failed or a step that it needs, and notes it as soon as that is final. No step is looked at
// again after that, so that a run looks at each edge once.
func (d *transition) trace(i int) {
	end := d.steps.at(i).end
	switch {
	case d.tainted.has(i), d.unfailed.has(i), !end.known():
		return
	case end.phase == v1alpha1.StepFailed:
		d.tainted.put(i, true)
		return
	}
	failed, final := d.failedBefore(i)
	d.tainted.put(i, failed)
	d.unfailed.put(i, !failed && final)
}

// values are what the run knows when it evaluates an expression.
func (s *State) values() *expr.Values {
	known := *s // what follows is not written to: ends and results are final, and later events change copies
	v := &expr.Values{Parameters: s.plan.parameters, Run: s.plan.info, Step: known.stepValues}
	v.Run.ScheduledAt = s.scheduledAt
	if s.final.begun() {
		v.Run.Phase = string(s.final.verdict.Phase)
	}
	return v
}

// stepValues is what expressions know of a step.
func (s *State) stepValues(name string) (phase string, results map[string]json.RawMessage, ended bool) {
	i, known := s.Index(name)
	if !known {
		return "", nil, false
	}
	end := s.steps.at(i).end
	return string(end.phase), rawValues(end.results), end.known()
}

// podValues are the values for a step's Pod; nil if it has no expressions.
func (s *State) podValues(i int) *expr.Values {
	if !s.template(i).evaluates {
		return nil
	}
	return s.values()
}

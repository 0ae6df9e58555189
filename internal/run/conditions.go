package run

import (
	"fmt"
	"slices"
	"strings"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// decide decides whether the steps start whose needs have ended, as far as nothing that this depends on can change any more. It
// reports whether a step has ended with that.
func (d *transition) decide() bool {
	if !d.plan.decides || !d.undrawn {
		return false
	}
	d.undrawn = false
	d.own()
	// All of them by the same ends, so that their order does not matter.
	steps := slices.Collect(d.undecided.all())
	by := &decider{d, map[bool]set{false: newSet(d.count()), true: newSet(d.count())}}
	decisions := make([]decision, len(steps))
	for k, i := range steps {
		decisions[k] = by.decideStep(i)
	}
	for k, i := range steps {
		switch c := decisions[k]; {
		case c.starts:
			d.update(i, func(st *step) { st.decided = true })
		case c.phase != "":
			d.endStep(i, outcome{phase: c.phase, reason: c.reason, message: c.message})
		}
	}
	return len(d.ended) > 0
}

// decision is whether a step starts, and how it ends otherwise; zero while that cannot be decided.
type decision struct {
	starts  bool
	phase   v1alpha1.StepPhase
	reason  v1alpha1.Reason
	message string
}

// decider makes the decisions of one time, by the ends that there are.
type decider struct {
	*transition
	// unsure are, for each tracing, the steps of which it was found that nothing is final yet.
	unsure map[bool]set
}

func (d *decider) decideStep(i int) decision {
	t := d.template(i)
	if slices.ContainsFunc(t.uses, d.isOpen) {
		return decision{} // a need was skipped before all that it needs had ended
	}
	failed, final := false, true
	switch {
	case t.exempt:
		failed, final = d.failedBefore(i)
	case t.condition != nil && t.condition.CallsStatus():
		var broken bool
		if broken, final = d.traceNeeds(&d.breaches, i); broken {
			return decision{phase: v1alpha1.StepSkipped, reason: v1alpha1.ReasonUpstreamFailed, message: failedMessage(d.breach(i))}
		}
	}
	if !final {
		return decision{}
	}
	holds, err := (&knowledge{d.State}).holds(i, failed)
	switch {
	case err != nil:
		return decision{phase: v1alpha1.StepFailed, reason: v1alpha1.ReasonInvalidExpression, message: "when: " + err.Error()}
	case !holds:
		when := strings.Join(strings.Fields(t.when), " ")
		message := fmt.Sprintf("the condition of step %q is false: %s", d.Name(i), cut(when, maxQuoted))
		return decision{phase: v1alpha1.StepSkipped, reason: v1alpha1.ReasonConditionFalse, message: message}
	}
	return decision{starts: true}
}

// breach is the name of a failed step because of which a step is skipped.
func (d *decider) breach(i int) string {
	for d.steps.at(i).end.phase != v1alpha1.StepFailed {
		next := slices.IndexFunc(d.needs(i), func(need edge) bool { return need.kind != afterEnd && d.breaches.after.has(int(need.node)) })
		i = int(d.needs(i)[next].node)
	}
	return d.Name(i)
}

// failedBefore is what failed() returns: whether a step has failed that a step needs, directly or by others, or that comes before
// finally. It may still become true unless it is final.
func (d *decider) failedBefore(i int) (failed, final bool) {
	if d.template(i).finally && !d.failed.empty() {
		return true, true
	}
	return d.traceNeeds(&d.failures, i)
}

// tracing is what is known of the failures that steps come after, as far as it is final. No step is looked at again after that, nor
// twice for the same decisions, so that these look at each edge once. The sets are nil in a run without anything to decide.
type tracing struct {
	after, notAfter set
	// skips: what matters is whether a failure is why a step was skipped.
	skips bool
}

// traceNeeds finds out whether one of a step's needs has failed or comes after a failure, and whether that is final.
func (d *decider) traceNeeds(t *tracing, i int) (after, final bool) {
	final = true
	for _, need := range d.needs(i) {
		k := int(need.node)
		if t.skips && need.kind == afterEnd {
			continue
		}
		d.trace(t, k)
		if t.after.has(k) {
			return true, true
		}
		final = final && t.notAfter.has(k)
	}
	return false, final
}

// trace does so for a step and those that it needs.
func (d *decider) trace(t *tracing, i int) {
	end := d.steps.at(i).end
	switch {
	case t.after.has(i), t.notAfter.has(i), d.unsure[t.skips].has(i), !end.known():
		return
	case end.phase == v1alpha1.StepFailed:
		t.after.put(i, true)
		return
	case t.skips && end.phase != v1alpha1.StepSkipped:
		t.notAfter.put(i, true)
		return
	}
	after, final := d.traceNeeds(t, i)
	t.after.put(i, after)
	t.notAfter.put(i, !after && final)
	d.unsure[t.skips].put(i, !final)
}

package run

import (
	"slices"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// reference is a run by the rules of the documentation alone: what follows from the phases of the steps, and which step ends next. It
// knows no Pods, no record, no restarts and no Next. Its rules are those of the three functions below; the rest is in model_test.go.
type reference struct {
	*model
	phase                       []v1alpha1.StepPhase // empty, then Pending when it is decided that the step starts, then Running
	cancelled, finallyCancelled bool
	verdict                     v1alpha1.RunPhase // on the steps that do not stand under finally
}

// interpret plays the run to its end. What stops and skips steps comes before all decisions, and these before any step starts.
func (r *reference) interpret() {
	for tick, round := 0, 0; ; {
		next, ends := make([]v1alpha1.StepPhase, len(r.steps)), r.next()
		for i := range r.steps {
			next[i] = r.rule(i, round)
		}
		switch {
		case !slices.Equal(next, r.phase):
			r.phase, round = next, 0
		case round < 2:
			round++
		case r.beginFinally(), r.cancel(tick):
			round = 0
		case ends < 0:
			return
		default:
			r.phase[ends], tick, round = r.steps[ends].ends(), tick+1, 0
		}
	}
}

// rule is the next phase of a step, by the phases that all have now.
func (r *reference) rule(i, round int) v1alpha1.StepPhase {
	s, p := &r.steps[i], r.phase[i]
	failed, broken := r.after(i, false), s.status() && !s.exempt() && r.after(i, true) == yes
	switch {
	case p == v1alpha1.StepRunning && r.stopped(i, v1alpha1.FailFast):
		return v1alpha1.StepCancelled
	case p.Ended(), p == v1alpha1.StepRunning:
		return p
	case r.stopped(i, v1alpha1.StopOnFailure), slices.ContainsFunc(s.needs, func(n int) bool { return r.keeps(n, s) }):
		return v1alpha1.StepSkipped
	case p == v1alpha1.StepPending && round == 2:
		return r.starts(s)
	case p == v1alpha1.StepPending, round == 0, r.waits(i), s.exempt() && failed == open, s.status() && !s.exempt() && r.after(i, true) == open:
		return p
	}
	switch holds, err := s.holds(r, i, failed == yes); {
	case broken, err == nil && !holds:
		return v1alpha1.StepSkipped
	case err != nil:
		return v1alpha1.StepFailed
	}
	return v1alpha1.StepPending
}

// after tells whether a step comes after a failure; skips: whether one is why a step that it needs was skipped.
func (r *reference) after(i int, skips bool) (most known) {
	if r.steps[i].finally && !skips && r.anyFailed() {
		return yes
	}
	for _, k := range r.steps[i].needs {
		switch p := r.phase[k]; {
		case p == v1alpha1.StepFailed:
			most = yes
		case !p.Ended():
			most = max(most, open)
		case !skips, p == v1alpha1.StepSkipped && !r.steps[k].exempt():
			most = max(most, r.after(k, skips))
		}
	}
	return most
}

package run

import (
	"errors"
	"slices"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// model is a run as the reference knows it: the steps of a pipeline, how they end, and what happens beside.
type model struct {
	steps  []modelStep
	policy v1alpha1.FailurePolicy
	// cancelAt and cancelFinallyAt are after how many ends the marks are put on the Job; -1: never.
	cancelAt, cancelFinallyAt int
}

// modelStep is a step. rank is the order in which those end that run.
type modelStep struct {
	needs   []int
	finally bool
	when    *term // nil: it has no condition
	arg     int   // the step whose result an argument uses; -1: none
	result  int   // what it hands on; -1: it declares nothing
	fails   bool
	rank    int
}

var errNoValue = errors.New("no value")

func (s *modelStep) status() bool { return s.when != nil && s.when.status }
func (s *modelStep) exempt() bool { return s.when != nil && s.when.exempt }

// uses are the steps of which it uses something.
func (s *modelStep) uses() []int {
	var steps []int
	if s.when != nil {
		steps = slices.Clone(s.when.steps)
	}
	if s.arg >= 0 {
		steps = append(steps, s.arg)
	}
	return steps
}

// holds evaluates the condition.
func (s *modelStep) holds(r *reference, i int, failed bool) (bool, error) {
	if s.when == nil {
		return true, nil
	}
	return s.when.eval(&scene{r, i, failed})
}

func (s *modelStep) ends() v1alpha1.StepPhase {
	if s.fails {
		return v1alpha1.StepFailed
	}
	return v1alpha1.StepSucceeded
}

// known is what is known of something that may still become true.
type known int

const (
	no known = iota
	open
	yes
)

// next is the running step that ends first; -1 if none runs.
func (r *reference) next() int {
	return r.model.next(func(i int) bool { return r.phase[i] == v1alpha1.StepRunning })
}

// next is the step that ends first of those that satisfy a test; -1 if none does.
func (m *model) next(is func(int) bool) int {
	first := -1
	for i := range m.steps {
		if is(i) && (first < 0 || m.steps[i].rank < m.steps[first].rank) {
			first = i
		}
	}
	return first
}

// keeps reports whether the end of a need keeps a step from its start.
func (r *reference) keeps(need int, s *modelStep) bool {
	p := r.phase[need]
	return p.Ended() && p != v1alpha1.StepSucceeded && !s.exempt() && !(s.status() && p == v1alpha1.StepSkipped)
}

// waits reports whether something has not ended that a step needs or uses.
func (r *reference) waits(i int) bool {
	s := &r.steps[i]
	return s.finally && r.verdict == "" || slices.ContainsFunc(append(s.uses(), s.needs...), func(k int) bool { return !r.phase[k].Ended() })
}

// starts is the phase of a step that starts: it fails if the result that an argument uses is missing.
func (r *reference) starts(s *modelStep) v1alpha1.StepPhase {
	if _, err := r.result(s.arg); err != nil {
		return v1alpha1.StepFailed
	}
	return v1alpha1.StepRunning
}

// anyFailed reports whether a step has failed that does not stand under finally.
func (r *reference) anyFailed() bool {
	for i, s := range r.steps {
		if !s.finally && r.phase[i] == v1alpha1.StepFailed {
			return true
		}
	}
	return false
}

// allEnded reports whether all steps have ended, or all but those under finally.
func (r *reference) allEnded(finally bool) bool {
	for i, s := range r.steps {
		if (finally || !s.finally) && !r.phase[i].Ended() {
			return false
		}
	}
	return true
}

// stopped reports whether a step is stopped under a policy that is at least as strict as the one given.
func (r *reference) stopped(i int, policy v1alpha1.FailurePolicy) bool {
	s := &r.steps[i]
	if s.finally {
		return r.finallyCancelled
	}
	applies := r.policy == v1alpha1.FailFast || r.policy == policy
	return r.cancelled || applies && r.anyFailed() && !s.exempt()
}

// result is what a step has handed on.
func (r *reference) result(i int) (int, error) {
	switch {
	case i < 0:
		return 0, nil
	case r.phase[i] != v1alpha1.StepSucceeded:
		return 0, errNoValue
	}
	return r.steps[i].result, nil
}

func (r *reference) beginFinally() bool {
	if r.verdict != "" || !r.allEnded(false) {
		return false
	}
	r.verdict = v1alpha1.RunSucceeded
	switch {
	case r.cancelled:
		r.verdict = v1alpha1.RunCancelled
	case r.anyFailed():
		r.verdict = v1alpha1.RunFailed
	}
	return true
}

// cancel takes the marks, each once, and reports whether one counts.
func (r *reference) cancel(tick int) bool {
	switch {
	case tick == r.cancelAt && !r.cancelled && !r.allEnded(false):
		r.cancelled = true
		return true
	case tick == r.cancelFinallyAt && !r.finallyCancelled && r.verdict != "" && !r.allEnded(true):
		r.finallyCancelled = true
		return true
	}
	return false
}

// finish is the phase of the run in the end.
func (r *reference) finish() v1alpha1.RunPhase {
	end := r.verdict
	for i, s := range r.steps {
		switch {
		case !s.finally || r.verdict != v1alpha1.RunSucceeded:
		case r.phase[i] == v1alpha1.StepFailed:
			return v1alpha1.RunFailed
		case r.finallyCancelled:
			end = v1alpha1.RunCancelled
		}
	}
	return end
}

package driver

import (
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/validate"
	"github.com/stepherd/stepherd/internal/expr"
	"github.com/stepherd/stepherd/internal/podspec"
	"github.com/stepherd/stepherd/internal/run"
)

// podMaker makes the Pods of a run's attempts. Several goroutines may use it.
type podMaker struct {
	pipeline *v1alpha1.Pipeline
	id       podspec.Identity
	env      *expr.Env
}

func newPodMaker(p *v1alpha1.Pipeline, id podspec.Identity) (*podMaker, error) {
	env, err := expr.NewEnv(validate.Scope(p))
	return &podMaker{pipeline: p, id: id, env: env}, err
}

// make returns the Pod that is asked for, with the values of the step's expressions. An expression that has none is a noValueError.
func (m *podMaker) make(a run.CreatePod) (*corev1.Pod, error) {
	attempt := podspec.Attempt{Number: a.Attempt, OOMs: a.OOMs}
	if a.Values != nil {
		attempt.Evaluate = func(place, text string) (string, error) { return m.evaluate(place, text, a.Values) }
	}
	return podspec.StepPod(m.pipeline, a.Step, attempt, m.id)
}

// evaluate returns the value of a text at a place of a step. That the place may use what the text does was checked when the plan
// was read.
func (m *podMaker) evaluate(place, text string, v *expr.Values) (string, error) {
	if !expr.HasExpression(text) {
		return text, nil
	}
	compiled, faults := m.env.Text(text, expr.Place{Visible: func(string) bool { return true }, Finally: true})
	if len(faults) > 0 {
		return "", &noValueError{fmt.Sprintf("%s: %v", place, faults[0])}
	}
	value, err := compiled.Argument(v)
	if err != nil {
		return "", &noValueError{fmt.Sprintf("%s: %v", place, err)}
	}
	return value, nil
}

// noValueError is an expression that has no value in this run. Its message begins with the expression's place in the step.
type noValueError struct{ message string }

func (e *noValueError) Error() string { return e.message }

// refused returns what becomes of a create whose Pod cannot be made.
func refused(a run.CreatePod, err error) run.CreateFailed {
	failed := run.CreateFailed{Step: a.Step, Attempt: a.Attempt, Class: run.CreateRejected, Message: fmt.Sprintf("its pod cannot be made: %v", err)}
	var noValue *noValueError
	if errors.As(err, &noValue) {
		failed.Reason, failed.Message = v1alpha1.ReasonInvalidExpression, noValue.message
	}
	return failed
}

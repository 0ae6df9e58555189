package run

import (
	"encoding/json"
	"slices"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/expr"
)

// knowledge is a State as expressions know it. It is not written to: ends and results are final, and later events change copies.
type knowledge struct{ State }

// holds evaluates a step's condition. failed is what failed() returns.
func (k *knowledge) holds(i int, failed bool) (bool, error) {
	condition := k.template(i).condition
	if condition == nil {
		return true, nil
	}
	values := k.values()
	values.Succeeded, values.Failed = k.needsSucceeded(i), failed
	return condition.Eval(values)
}

// needsSucceeded is what succeeded() returns: whether all steps that a step needs itself have succeeded.
func (k *knowledge) needsSucceeded(i int) bool {
	return !slices.ContainsFunc(k.needs(i), func(need edge) bool {
		return k.steps.at(int(need.node)).end.phase != v1alpha1.StepSucceeded
	})
}

// values are what the run knows when it evaluates an expression.
func (k *knowledge) values() *expr.Values {
	v := &expr.Values{Parameters: k.plan.parameters, Run: k.plan.info, Step: k.step}
	v.Run.ScheduledAt = k.scheduledAt
	if k.final.begun() {
		v.Run.Phase = string(k.final.verdict.Phase)
	}
	return v
}

// step is what expressions know of a step.
func (k *knowledge) step(name string) (phase string, results map[string]json.RawMessage, ended bool) {
	i, known := k.Index(name)
	if !known {
		return "", nil, false
	}
	end := k.steps.at(i).end
	return string(end.phase), rawValues(end.results), end.known()
}

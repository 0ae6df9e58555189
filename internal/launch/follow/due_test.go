package follow

import (
	"testing"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/status"
)

func TestIsDue(t *testing.T) {
	plan := func(parallelism int32) *v1alpha1.Pipeline {
		return &v1alpha1.Pipeline{Parallelism: parallelism, Steps: []v1alpha1.Step{{Name: "a"}, {Name: "b"}, {Name: "c", Needs: []string{"a", "b"}}}}
	}
	const running, succeeded, failed = v1alpha1.StepRunning, v1alpha1.StepSucceeded, v1alpha1.StepFailed
	type pods map[status.AttemptKey]v1alpha1.StepPhase
	for name, c := range map[string]struct {
		plan    *v1alpha1.Pipeline
		pods    pods
		settled map[string]bool
		want    bool
	}{
		"no plan":                     {nil, nil, nil, false},
		"nothing runs":                {plan(0), nil, nil, true},
		"one has no Pod":              {plan(0), pods{{Step: "a", Number: 1}: running}, nil, true},
		"no more are allowed":         {plan(1), pods{{Step: "a", Number: 1}: running}, nil, false},
		"one more is allowed":         {plan(1), pods{{Step: "a", Number: 1}: succeeded}, nil, true},
		"both run":                    {plan(0), pods{{Step: "a", Number: 1}: running, {Step: "b", Number: 1}: running}, nil, false},
		"one need is left":            {plan(0), pods{{Step: "a", Number: 1}: succeeded, {Step: "b", Number: 1}: running}, nil, false},
		"the needs are met":           {plan(0), pods{{Step: "a", Number: 1}: succeeded, {Step: "b", Number: 1}: succeeded}, nil, true},
		"one need's Pod is gone":      {plan(0), pods{{Step: "b", Number: 1}: succeeded}, map[string]bool{"a": true}, true},
		"an attempt failed":           {plan(0), pods{{Step: "a", Number: 1}: failed, {Step: "b", Number: 1}: running}, nil, true},
		"the next attempt runs":       {plan(0), pods{{Step: "a", Number: 1}: failed, {Step: "a", Number: 2}: running, {Step: "b", Number: 1}: running}, nil, false},
		"a need failed for good":      {plan(0), pods{{Step: "a", Number: 1}: failed, {Step: "b", Number: 1}: succeeded}, map[string]bool{"a": false}, false},
		"the last one runs":           {plan(0), pods{{Step: "a", Number: 1}: succeeded, {Step: "b", Number: 1}: succeeded, {Step: "c", Number: 1}: running}, nil, false},
		"all have ended, one skipped": {plan(0), pods{{Step: "a", Number: 1}: succeeded, {Step: "b", Number: 1}: succeeded}, map[string]bool{"c": false}, false},
	} {
		r := unscheduled{plan: c.plan, pods: c.pods, settled: c.settled}
		if got := r.isDue(); got != c.want {
			t.Errorf("%s: due %v, want %v", name, got, c.want)
		}
	}
}

package run

import (
	"strings"
	"testing"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/expr"
)

func TestNewPlanNamesEveryProblem(t *testing.T) {
	p := &v1alpha1.Pipeline{FailurePolicy: "Never", Steps: []v1alpha1.Step{
		{Name: "a", Needs: []string{"b"}}, {Name: "b", Needs: []string{"a"}}, {Name: "a"},
		{Name: "c", Needs: []string{"c", "nobody", "a", "a"}},
	}}
	_, err := NewPlan(p, []bool{true}, expr.RunInfo{})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		`step "a" is there twice`, `step "c" needs itself`, `step "c" needs "nobody", which is no step`, `step "c" needs "a" twice`,
		"in a circle: a -> b -> a", "exclusive speaks of 1 steps, the pipeline has 4", `unknown failure policy "Never"`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in\n%v", want, err)
		}
	}
}

func TestPlanWithoutSteps(t *testing.T) {
	plan, err := NewPlan(&v1alpha1.Pipeline{}, nil, expr.RunInfo{})
	if err != nil {
		t.Fatal(err)
	}
	_, actions := Next(plan, New(plan), Restored{Now: clock(0)})
	if len(actions) != 1 || show(actions[0]) != "finish Succeeded" {
		t.Errorf("got %v", actions)
	}
}

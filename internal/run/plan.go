package run

import "github.com/stepherd/stepherd/internal/api/v1alpha1"

// Plan is the immutable part of a run.
type Plan struct {
	steps []planStep
}

type planStep struct {
	name string
}

// NewPlan makes the plan of a valid pipeline. exclusive says for each step whether its Pod asks for things that another
// Pod holds until its terminal phase (extended resources, a hostPort: podspec.Exclusive); nil means none does.
func NewPlan(p *v1alpha1.Pipeline, exclusive []bool) (*Plan, error) { panic("run: being written") }

package v1alpha1

import "iter"

// StepCount returns how many steps a pipeline has, those under finally among them.
func (p *Pipeline) StepCount() int { return len(p.Steps) + len(p.Finally) }

// EachStep yields all steps with their numbers: those of Steps, then those of Finally.
func (p *Pipeline) EachStep() iter.Seq2[int, *Step] {
	return func(yield func(int, *Step) bool) {
		for i := range p.Steps {
			if !yield(i, &p.Steps[i]) {
				return
			}
		}
		for i := range p.Finally {
			if !yield(len(p.Steps)+i, &p.Finally[i]) {
				return
			}
		}
	}
}

// StepNames returns the names of all steps, in the order of EachStep.
func (p *Pipeline) StepNames() []string {
	names := make([]string, 0, p.StepCount())
	for _, step := range p.EachStep() {
		names = append(names, step.Name)
	}
	return names
}

// FindStep returns the step of that name, wherever it stands.
func (p *Pipeline) FindStep(name string) (*Step, bool) {
	for _, step := range p.EachStep() {
		if step.Name == name {
			return step, true
		}
	}
	return nil, false
}

// FinallyLimit returns how long the steps under finally may take together.
func (p *Pipeline) FinallyLimit() (limit Duration, has bool) {
	switch {
	case len(p.Finally) == 0:
		return 0, false
	case p.FinallyTimeout == nil:
		return Duration(DefaultFinallyTimeout), true
	}
	return *p.FinallyTimeout, true
}

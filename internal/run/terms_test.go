package run

import (
	"fmt"
	"math/rand"
	"slices"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// term is a condition, as its text and as what it means.
type term struct {
	text           string
	status, exempt bool
	steps          []int // of which it uses something
	eval           func(*scene) (bool, error)
}

// scene is what a condition is evaluated in.
type scene struct {
	*reference
	step   int
	failed bool
}

func (s *scene) succeeded() bool {
	return !slices.ContainsFunc(s.steps[s.step].needs, func(n int) bool { return s.phase[n] != v1alpha1.StepSucceeded })
}

// randomTerm makes a condition of a step that may use others.
func (m *model) randomTerm(rng *rand.Rand, visible []int, finally bool, depth int) *term {
	if depth > 0 && rng.Intn(2) == 0 {
		return m.compound(rng, visible, finally, depth-1)
	}
	var handsOn []int
	for _, k := range visible {
		if m.steps[k].result >= 0 {
			handsOn = append(handsOn, k)
		}
	}
	switch roll := rng.Intn(12); {
	case roll < 2:
		return &term{text: "failed()", status: true, exempt: true, eval: func(s *scene) (bool, error) { return s.failed, nil }}
	case roll < 4:
		return &term{text: "succeeded()", status: true, eval: func(s *scene) (bool, error) { return s.succeeded(), nil }}
	case roll < 5:
		return &term{text: "always()", status: true, exempt: true, eval: func(*scene) (bool, error) { return true, nil }}
	case roll < 8 && len(handsOn) > 0:
		k, least := handsOn[rng.Intn(len(handsOn))], rng.Intn(4)
		return &term{text: fmt.Sprintf("steps.s%d.results.n > %d", k, least), steps: []int{k}, eval: func(s *scene) (bool, error) {
			n, err := s.result(k)
			return n > least, err
		}}
	case roll < 10 && len(visible) > 0:
		k, phase := visible[rng.Intn(len(visible))], []v1alpha1.StepPhase{v1alpha1.StepSucceeded, v1alpha1.StepFailed}[rng.Intn(2)]
		return &term{text: fmt.Sprintf("steps.s%d.phase == '%s'", k, phase), steps: []int{k}, eval: func(s *scene) (bool, error) {
			return s.phase[k] == phase, nil
		}}
	case roll < 11 && finally:
		phase := []v1alpha1.RunPhase{v1alpha1.RunSucceeded, v1alpha1.RunFailed, v1alpha1.RunCancelled}[rng.Intn(3)]
		return &term{text: fmt.Sprintf("run.phase == '%s'", phase), eval: func(s *scene) (bool, error) { return s.verdict == phase, nil }}
	}
	value := rng.Intn(4) > 0
	return &term{text: fmt.Sprint(value), eval: func(*scene) (bool, error) { return value, nil }}
}

// compound makes a condition of others. As in CEL, a side that has no value does not matter if the other one decides.
func (m *model) compound(rng *rand.Rand, visible []int, finally bool, depth int) *term {
	a := m.randomTerm(rng, visible, finally, depth)
	if rng.Intn(3) == 0 {
		return &term{"!(" + a.text + ")", a.status, a.exempt, a.steps, func(s *scene) (bool, error) {
			v, err := a.eval(s)
			return !v, err
		}}
	}
	b := m.randomTerm(rng, visible, finally, depth)
	operator, decides := "&&", false
	if rng.Intn(2) == 0 {
		operator, decides = "||", true
	}
	both := &term{
		text: "(" + a.text + " " + operator + " " + b.text + ")", status: a.status || b.status, exempt: a.exempt || b.exempt,
		steps: slices.Concat(a.steps, b.steps),
	}
	both.eval = func(s *scene) (bool, error) {
		x, errX := a.eval(s)
		y, errY := b.eval(s)
		switch {
		case errX == nil && x == decides, errY == nil && y == decides:
			return decides, nil
		case errX != nil:
			return false, errX
		case errY != nil:
			return false, errY
		}
		return !decides, nil
	}
	return both
}

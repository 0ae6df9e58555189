package run

import (
	"iter"
	"slices"
)

// steps are the steps by place, in chunks, so that no event copies ten thousand pointers. Neither a step nor a chunk that
// another State may see is ever written again.
type steps []*chunk

// chunkLen is how many pointers are copied when a step changes.
const chunkLen = 64

type chunk struct {
	steps [chunkLen]*step
	// unmet are the needs that have not succeeded. They are not in the step: a layer that ends changes the number of
	// every step of the next.
	unmet [chunkLen]int32
}

func newSteps(n int) steps {
	s := make(steps, (n+chunkLen-1)/chunkLen)
	for c := range s {
		s[c] = new(chunk)
	}
	all := make([]step, n)
	for i := range all {
		s[i/chunkLen].steps[i%chunkLen] = &all[i]
	}
	return s
}

func (s steps) at(i int) *step { return s[i/chunkLen].steps[i%chunkLen] }

func (s steps) unmet(i int) int32 { return s[i/chunkLen].unmet[i%chunkLen] }

// own gives the chunk of step i to write to: a copy, unless before shows that it is one already.
func (s steps) own(i int, before steps) *chunk {
	c := i / chunkLen
	if s[c] == before[c] {
		copied := *s[c]
		s[c] = &copied
	}
	return s[c]
}

// ownStep does the same for the step itself.
func (s steps) ownStep(i int, before steps) *step {
	c, k := s.own(i, before), i%chunkLen
	if c.steps[k] == before.at(i) {
		copied := *c.steps[k]
		c.steps[k] = &copied
	}
	return c.steps[k]
}

func (s steps) clone() steps { return slices.Clone(s) }

// changed gives the places of steps that are not what they were before, ascending; all of them if there is no before.
func (s steps) changed(before steps) iter.Seq[int] {
	return func(yield func(int) bool) {
		for c := range s {
			if before != nil && s[c] == before[c] {
				continue
			}
			for k, st := range s[c].steps {
				if st != nil && (before == nil || st != before[c].steps[k]) && !yield(c*chunkLen+k) {
					return
				}
			}
		}
	}
}

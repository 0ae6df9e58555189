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

func newSteps(n int) steps { return steps(nil).grown(0, n) }

// grown gives a copy with more steps, of which nothing is known.
func (s steps) grown(from, to int) steps {
	g, all := s.clone(), make([]step, to-from)
	for i := from; i < to; i++ {
		if i/chunkLen == len(g) {
			g = append(g, new(chunk))
		}
		g.own(i, s).steps[i%chunkLen] = &all[i-from]
	}
	return g
}

func (s steps) at(i int) *step { return s[i/chunkLen].steps[i%chunkLen] }

func (s steps) unmet(i int) int32 { return s[i/chunkLen].unmet[i%chunkLen] }

// own gives the chunk of step i to write to: a copy, unless before shows that it is one already.
func (s steps) own(i int, before steps) *chunk {
	c := i / chunkLen
	if c < len(before) && s[c] == before[c] {
		copied := *s[c]
		s[c] = &copied
	}
	return s[c]
}

// ownStep does the same for the step itself.
func (s steps) ownStep(i int, before steps) *step {
	c, k := s.own(i, before), i%chunkLen
	if i/chunkLen < len(before) && c.steps[k] == before.at(i) {
		copied := *c.steps[k]
		c.steps[k] = &copied
	}
	return c.steps[k]
}

func (s steps) clone() steps { return slices.Clone(s) }

// changed gives the places of steps that are not what they were before, ascending; those that before has not got are among them.
func (s steps) changed(before steps) iter.Seq[int] {
	return func(yield func(int) bool) {
		for c := range s {
			had := c < len(before)
			if had && s[c] == before[c] {
				continue
			}
			for k, st := range s[c].steps {
				if st != nil && (!had || st != before[c].steps[k]) && !yield(c*chunkLen+k) {
					return
				}
			}
		}
	}
}

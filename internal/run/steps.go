package run

import (
	"iter"
	"math/bits"
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

// set is a set of steps' places, which it gives in the order of the file. Ten thousand steps take 1.3 KB, so that a
// copy at every event costs nothing worth saving.
type set []uint64

func newSet(n int) set { return make(set, (n+63)/64) }

func (s set) clone() set { return slices.Clone(s) }

// grown returns a copy with room for n; nil stays nil.
func (s set) grown(n int) set {
	if s == nil {
		return nil
	}
	return append(s.clone(), make(set, (n+63)/64-len(s))...)
}

func (s set) has(i int) bool { return s[i/64]&(1<<(i%64)) != 0 }

// put makes i a member or not.
func (s set) put(i int, member bool) {
	if member {
		s[i/64] |= 1 << (i % 64)
	} else {
		s[i/64] &^= 1 << (i % 64)
	}
}

func (s set) len() int {
	n := 0
	for _, word := range s {
		n += bits.OnesCount64(word)
	}
	return n
}

func (s set) empty() bool {
	for _, word := range s {
		if word != 0 {
			return false
		}
	}
	return true
}

// emptyBut reports whether no member is outside t, which may be shorter.
func (s set) emptyBut(t set) bool {
	for w, word := range s {
		if w < len(t) {
			word &^= t[w]
		}
		if word != 0 {
			return false
		}
	}
	return true
}

// and gives the members that t has too.
func (s set) and(t set) set {
	both := s.clone()
	for w := range both {
		both[w] &= t[w]
	}
	return both
}

// first is the lowest member; -1 if there is none.
func (s set) first() int {
	for i := range s.all() {
		return i
	}
	return -1
}

// all gives the members, ascending. Members may leave on the way; of those that join, the later ones may be missed.
func (s set) all() iter.Seq[int] {
	return func(yield func(int) bool) {
		for w, word := range s {
			for ; word != 0; word &= word - 1 {
				if !yield(w*64 + bits.TrailingZeros64(word)) {
					return
				}
			}
		}
	}
}

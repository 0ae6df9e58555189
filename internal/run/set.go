package run

import (
	"iter"
	"math/bits"
	"slices"
)

// set is a set of steps' places, which it gives in the order of the file. Ten thousand steps take 1.3 KB, so that a
// copy at every event costs nothing worth saving.
type set []uint64

func newSet(n int) set { return make(set, (n+63)/64) }

func (s set) clone() set { return slices.Clone(s) }

// grown gives a copy with room for n.
func (s set) grown(n int) set { return append(s.clone(), make(set, (n+63)/64-len(s))...) }

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

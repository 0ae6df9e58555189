package launch

import (
	"bytes"
	"slices"

	"github.com/stepherd/stepherd/internal/logs"
)

// replayed takes out of a log what a restarted driver has printed once more. Such a driver goes on a little before where the
// former one was, and sets marks around what may have been printed already. What was printed already is the longest end of
// what is there that those lines begin with; all of them, where the driver died before it came so far. Where lines repeat each
// other that may be more than was: times do not tell, because those in a driver's output are of the printing.
type replayed struct {
	from int // entries from here on may be repeats; -1 when none may be
	cut  int // an entry with which a driver's output has ended, maybe within its line; -1 for none
}

// takes takes in a mark, if it is one of those around repeats.
func (r *replayed) takes(s *sifted, words []byte) bool {
	switch {
	case logs.ReplayBegins(words):
		r.end(s)
		r.from = len(s.entries)
	case logs.ReplayEnds(words):
		if r.from >= 0 {
			r.drop(s, r.overlap(s))
		}
	default:
		return false
	}
	return true
}

// endDriver takes in that a driver's output is at its end, and whether that is within or behind the log's last line.
func (r *replayed) endDriver(s *sifted, withThis bool) {
	cut := withThis && len(s.entries) > 0
	if r.from < 0 {
		if cut {
			r.cut = len(s.entries) - 1
		}
		return
	}
	if r.allThere(s, cut) {
		s.entries, r.from = s.entries[:r.from], -1
		return
	}
	r.drop(s, r.overlap(s))
	if cut {
		r.cut = len(s.entries) - 1
	}
}

// end takes out the repeats of a driver that did not come to their end.
func (r *replayed) end(s *sifted) { r.endDriver(s, false) }

// overlapping is what of the entries is there twice: those from before up to from+n.
type overlapping struct{ before, n int }

// overlap compares the end of what is there with the beginning of what may be repeated.
func (r *replayed) overlap(s *sifted) overlapping {
	p := newPattern(s, r.from, len(s.entries)-r.from)
	best := overlapping{r.from, p.endOf(r.from)}
	if r.cut >= 0 && r.cut == r.from-1 {
		k := p.endOf(r.from - 1)
		if k >= best.n && k < p.n && s.isCut(r.cut, r.from+k) {
			best = overlapping{r.from - 1, k}
		}
	}
	return best
}

func (r *replayed) drop(s *sifted, o overlapping) {
	s.entries = slices.Delete(s.entries, o.before, r.from+o.n)
	r.from, r.cut = -1, -1
}

// allThere says that all that was repeated is there already; cut says that the last of it may be the beginning of a line.
func (r *replayed) allThere(s *sifted, cut bool) bool {
	n := len(s.entries) - r.from
	if n == 0 || newPattern(s, r.from, n).within(func(int) bool { return true }) {
		return true
	}
	return cut && newPattern(s, r.from, n-1).within(func(next int) bool { return next < r.from && s.isCut(len(s.entries)-1, next) })
}

// pattern is a stretch of entries to be looked for (by the way of Knuth, Morris and Pratt).
type pattern struct {
	s       *sifted
	from, n int
	border  []int // of the first i entries: how many of the first are the last, but not all
}

func newPattern(s *sifted, from, n int) *pattern {
	p := &pattern{s: s, from: from, n: n, border: make([]int, 2, n+2)}
	for i := 1; i < n; i++ {
		p.border = append(p.border, p.step(p.border[i], from+i))
	}
	return p
}

// step is how many of the first entries are the last ones up to i, where there were k up to the one before.
func (p *pattern) step(k, i int) int {
	for k > 0 && (k == p.n || !p.s.same(p.from+k, i)) {
		k = p.border[k]
	}
	if k < p.n && p.s.same(p.from+k, i) {
		k++
	}
	return k
}

// endOf is how many of the first entries are the last ones before end.
func (p *pattern) endOf(end int) int {
	k := 0
	for i := max(0, end-p.n); i < end; i++ {
		k = p.step(k, i)
	}
	return k
}

// within says that the pattern is in what lies before it, followed by an entry that fits.
func (p *pattern) within(fits func(next int) bool) bool {
	k := 0
	for i := range p.from {
		if k == p.n && fits(i) {
			return true
		}
		k = p.step(k, i)
	}
	return k == p.n && fits(p.from)
}

// same says that two entries say the same.
func (s *sifted) same(i, k int) bool {
	a, b := &s.entries[i], &s.entries[k]
	return a.gap == nil && b.gap == nil && a.mark == b.mark && a.continues == b.continues && bytes.Equal(s.at(i), s.at(k))
}

// isCut says that an entry is the beginning of another.
func (s *sifted) isCut(i, whole int) bool {
	a, b := &s.entries[i], &s.entries[whole]
	return a.gap == nil && b.gap == nil && !a.mark && !b.mark && len(s.at(i)) < len(s.at(whole)) && bytes.HasPrefix(s.at(whole), s.at(i))
}

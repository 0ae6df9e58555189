package logview

import (
	"bytes"
	"slices"

	"github.com/stepherd/stepherd/internal/logfmt"
)

// dedup takes out of a log what a restarted driver has printed once more. Such a driver goes on a little before where the
// former one was, and sets marks around what may have been printed already, with the number of the first line. So what is there
// twice can be counted, if what is there is whole. Else it is the longest end of what is there that those lines begin with; all
// of them, where the driver died before it came so far; where lines repeat each other that may be more than was: times do not
// tell, because those in a driver's output are of the printing.
type dedup struct {
	from   int // entries from here on may be repeats; -1 when none may be
	before int // how many lines of the log lie before those, as the driver says
	cut    int // an entry with which a driver's output has ended, maybe within its line; -1 for none
	// lacking is how many lines are known to be missing from what is there; unsure means that there may be more.
	lacking int
	unsure  bool
}

// onMark handles a mark, if it is one of those around repeats.
func (r *dedup) onMark(s *StepLog, words []byte) bool {
	if before, begins := logfmt.ReplayBegins(words); begins {
		r.end(s)
		r.from, r.before = len(s.entries), before
		return true
	}
	if !logfmt.ReplayEnds(words) {
		return false
	}
	if r.from >= 0 {
		r.drop(s, r.overlap(s, false, false))
	}
	return true
}

// endDriver handles the end of a driver's output; withThis means that it is at the log's last line, or within it.
func (r *dedup) endDriver(s *StepLog, withThis bool) {
	cut := withThis && len(s.entries) > 0
	if r.from >= 0 {
		o := r.overlap(s, true, cut)
		if all := o.before+o.n == len(s.entries) && o.before == r.from; all {
			s.entries, r.from = s.entries[:r.from], -1
			return
		}
		r.drop(s, o)
	}
	if cut {
		r.cut = len(s.entries) - 1
	}
}

// end takes out the repeats of a driver that did not come to their end.
func (r *dedup) end(s *StepLog) { r.endDriver(s, false) }

// repeats is what of the entries is there twice: those from before up to from+n.
type repeats struct{ before, n int }

// overlap finds the beginning of what may be repeated in what is there. died means that there may be more to repeat, cut that
// the last entry may not be whole.
func (r *dedup) overlap(s *StepLog, died, cut bool) repeats {
	if o, known := r.counted(s, cut); known {
		return o
	}
	if died && r.allThere(s, cut) {
		return repeats{r.from, len(s.entries) - r.from}
	}
	p := newPattern(s, r.from, len(s.entries)-r.from)
	best := repeats{r.from, p.endOf(r.from)}
	if r.cut >= 0 && r.cut == r.from-1 {
		k := p.endOf(r.from - 1)
		if k >= best.n && k < p.n && s.isCut(r.cut, r.from+k) {
			best = repeats{r.from - 1, k}
		}
	}
	return best
}

// counted is the overlap by the number of lines, if the texts bear it out.
func (r *dedup) counted(s *StepLog, cut bool) (o repeats, known bool) {
	first := s.lastLines(r.from, r.lacking+s.lines(r.from)-r.before)
	if r.unsure || first < 0 {
		return o, false
	}
	last, wasCut := len(s.entries)-1, r.cut == r.from-1
	n := min(r.from-first, last+1-r.from)
	for i := range n {
		was, is := first+i, r.from+i
		switch {
		case s.same(was, is):
		case wasCut && was == r.cut && s.isCut(was, is):
			return repeats{was, i}, true
		case cut && is == last && s.isCut(is, was):
		default:
			return o, false
		}
	}
	return repeats{r.from, n}, true
}

// drop takes out what is there twice, and counts anew: the last entry's number is known.
func (r *dedup) drop(s *StepLog, o repeats) {
	number := r.before + s.lines(len(s.entries)) - s.lines(r.from)
	s.entries = slices.Delete(s.entries, o.before, r.from+o.n)
	r.lacking, r.unsure = number-s.lines(len(s.entries)), false
	r.from, r.cut = -1, -1
}

// lines is how many of the first n entries are lines, or parts of them.
func (s *StepLog) lines(n int) int {
	lines := 0
	for i := range s.entries[:n] {
		if s.isLine(i) {
			lines++
		}
	}
	return lines
}

// lastLines is the entry with which the last lines begin, so many, of those before end; negative if there are not so many.
func (s *StepLog) lastLines(end, lines int) int {
	if lines < 0 {
		return -1
	}
	for ; lines > 0; lines-- {
		for end--; end >= 0 && !s.isLine(end); end-- {
		}
		if end < 0 {
			return -1
		}
	}
	return end
}

func (s *StepLog) isLine(i int) bool { return s.entries[i].gap == nil && !s.entries[i].mark }

// allThere reports whether all that was repeated is there already; cut means that the last of it may be the beginning of a line.
func (r *dedup) allThere(s *StepLog, cut bool) bool {
	n := len(s.entries) - r.from
	if n == 0 || newPattern(s, r.from, n).within(func(int) bool { return true }) {
		return true
	}
	return cut && newPattern(s, r.from, n-1).within(func(next int) bool { return next < r.from && s.isCut(len(s.entries)-1, next) })
}

// pattern is a stretch of entries to be looked for (by the way of Knuth, Morris and Pratt).
type pattern struct {
	s       *StepLog
	from, n int
	border  []int // of the first i entries: how many of the first are the last, but not all
}

func newPattern(s *StepLog, from, n int) *pattern {
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

// within reports whether the pattern is in what lies before it, followed by an entry that fits.
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

// same reports whether two entries have the same text.
func (s *StepLog) same(i, k int) bool {
	a, b := &s.entries[i], &s.entries[k]
	return a.gap == nil && b.gap == nil && a.mark == b.mark && a.continues == b.continues && bytes.Equal(s.at(i), s.at(k))
}

// isCut reports whether an entry is the beginning of another.
func (s *StepLog) isCut(i, whole int) bool {
	a, b := &s.entries[i], &s.entries[whole]
	return a.gap == nil && b.gap == nil && !a.mark && !b.mark && len(s.at(i)) < len(s.at(whole)) && bytes.HasPrefix(s.at(whole), s.at(i))
}

package main

import (
	"bytes"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"
)

// entry is a line of a view. at and driver say when it was printed, and by which driver, where the view tells.
type entry struct {
	at     time.Time
	driver int
	text   []byte // valid until the next entry
}

// rules say what a view may hold beside every line once.
type rules struct {
	again bool // lines that come again, between marks: drivers were killed
	// gaps with a mark at their place: the node has rotated logs that could not be read; or with one anywhere that tells when the
	// new file began behind which they end.
	gaps bool
}

// verdict is what a view holds.
type verdict struct {
	lines    int // of steps, each time one came
	repeated int // of them, those that had come before
	marks    int
	// oldest is how long before the end of its driver a line was printed that came again.
	oldest   time.Duration
	gaps     int // at whose place lines are missing
	late     int // of them, those whose marks came later
	missing  int // lines in them
	problems []string
	more     int // problems that are not told
}

const maxProblems = 20

func (v *verdict) wrong(format string, args ...any) {
	if len(v.problems) == maxProblems {
		v.more++
		return
	}
	v.problems = append(v.problems, fmt.Sprintf(format, args...))
}

// track is what came of one step.
type track struct {
	want int
	last int // the highest number so far
	// again reports whether lines may come again: a mark has said so, and none that they end. next is the number to come then,
	// 0 when the first of them has not come.
	again bool
	next  int
	// wrote is when the step wrote the last line, gap the mark of a gap that came behind it.
	wrote time.Time
	gap   *gap
	// late are the marks that are not at their place, holes what is missing without one at its.
	late  []gap
	holes []hole
	// driver is who printed the last line or mark; printed is when, and by whom, each line was printed last.
	driver  int
	printed []printing
}

// hole are lines that are missing, and when the lines on both sides were written.
type hole struct {
	from, to      int
	before, after time.Time
}

// printing is when a line was printed, and by which driver.
type printing struct {
	at     time.Time
	driver int
}

// judge reads a view. Of every step the lines have to come from the first to the last, each once. Where drivers were killed,
// they may begin anew at an earlier one, behind a mark, and come as far as they had been before, until another mark. Where logs
// were rotated, some may be missing at the place of a mark that tells of the times at which they were written, or where a mark
// does so later that tells when the new file began.
func judge(view iter.Seq2[entry, error], steps []writer, may rules) verdict {
	v := verdict{}
	tracks := map[string]*track{}
	for _, w := range steps {
		tracks[w.step] = &track{want: w.lines, printed: make([]printing, w.lines+1)}
	}
	ends := map[int]time.Time{} // of drivers
	for e, err := range view {
		if err != nil {
			v.wrong("it cannot be read: %v", err)
			break
		}
		ends[e.driver] = e.at
		v.take(tracks, e, may, ends)
	}
	for _, name := range slices.Sorted(maps.Keys(tracks)) {
		t := tracks[name]
		v.hold(name, t)
		switch {
		case t.last != t.want:
			v.wrong("step %s: the last line is %d, want %d", name, t.last, t.want)
		case t.again:
			v.wrong("step %s: no mark says where the repeated lines end", name)
		}
	}
	return v
}

// maxAge is how old lines may be that come again: they are those of the last second before the end of their driver, and what
// a busy machine adds to it.
const maxAge = 4 * time.Second

// What marks say.
const (
	markBegin    = "[stepherd: "
	repeatsBegin = ` up to "no more repeats" may have been printed before]`
	repeatsEnd   = markBegin + "no more repeats]"
)

func (v *verdict) take(tracks map[string]*track, e entry, may rules, ends map[int]time.Time) {
	prefix, text, found := bytes.Cut(e.text, []byte(" | "))
	t := tracks[string(prefix)]
	if t != nil && t.driver != e.driver { // what the one before has begun it has not ended
		t.driver, t.again = e.driver, false
	}
	switch {
	case !found || t == nil:
		v.wrong("a line of no step: %.200q", e.text)
	case bytes.HasPrefix(text, []byte(markBegin)):
		v.mark(t, string(e.text), may)
	default:
		l, ok := parseLine(string(text))
		if !ok || l.step != string(prefix) {
			v.wrong("a line that no step wrote: %.200q", e.text)
			return
		}
		v.lines++
		v.age(t, l, ends)
		v.number(t, l)
		t.wrote, t.gap = l.wrote, nil
		t.printed[min(l.number, t.want)] = printing{e.at, e.driver}
	}
}

func (v *verdict) mark(t *track, text string, may rules) {
	v.marks++
	g, isGap := parseGap(text)
	switch {
	case isGap && may.gaps && g.late:
		t.late = append(t.late, g)
	case isGap && may.gaps:
		t.gap = &g
	case may.again && strings.HasSuffix(text, repeatsBegin) && !t.again:
		t.again, t.next = true, 0
	case may.again && strings.HasSuffix(text, repeatsEnd) && t.again:
		t.again = false
	default:
		v.wrong("a mark that should not be: %s", text)
	}
}

// age notes how long before its driver's end the first of some lines was printed that come again.
func (v *verdict) age(t *track, l line, ends map[int]time.Time) {
	if l.number > t.last || !t.again || t.next > 0 {
		return
	}
	before := t.printed[min(l.number, t.want)]
	age := ends[before.driver].Sub(before.at)
	if age > maxAge {
		v.wrong("step %s: line %d came again, printed %.1f s before the end of its driver", l.step, l.number, age.Seconds())
	}
	v.oldest = max(v.oldest, age)
}

func (v *verdict) number(t *track, l line) {
	want, number := t.last+1, l.number
	if t.again && t.next > 0 {
		want = t.next
	}
	switch {
	case number == want, t.again && t.next == 0 && number <= want:
	case number < want:
		v.wrong("step %s: line %d came where line %d was to come", l.step, number, want)
	case t.gap != nil && t.gap.covers(t.wrote, l.wrote):
		v.gaps++
		v.missing += number - want
	case t.gap != nil:
		v.wrong("step %s: lines %d to %d are missing, and the mark says %s", l.step, want, number-1, t.gap)
	default:
		t.holes = append(t.holes, hole{want, number - 1, t.wrote, l.wrote})
	}
	if number <= t.last {
		v.repeated++
	}
	t.last = max(t.last, number)
	t.next = number + 1
}

// hold holds the holes in a step's lines against the marks that were late.
func (v *verdict) hold(step string, t *track) {
	for _, h := range t.holes {
		if !slices.ContainsFunc(t.late, func(g gap) bool { return g.covers(h.before, h.after) && g.endsBy(h.after) }) {
			v.wrong("step %s: lines %d to %d are missing", step, h.from, h.to)
			continue
		}
		v.gaps, v.late = v.gaps+1, v.late+1
		v.missing += h.to - h.from + 1
	}
}

package main

import (
	"bytes"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// entry is a line of a view. at and driver say when it was printed, and by which driver, where the view tells.
type entry struct {
	at     time.Time
	driver int
	text   []byte // valid until the next entry
}

// verdict is what a view holds.
type verdict struct {
	lines    int // of steps, each time one came
	repeated int // of them, those that had come before, between marks
	marks    int
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
	// again says that lines may come again: a mark has said so, and none that they end. next is the number to come then,
	// 0 when the first of them has not come.
	again bool
	next  int
}

// judge reads a view. Of every step the lines have to come from the first to the last, each once. Where drivers were killed,
// they may begin anew at an earlier one, behind a mark, and come as far as they had been before, until another mark.
func judge(view iter.Seq2[entry, error], steps []writer, killed bool) verdict {
	v := verdict{}
	tracks := map[string]*track{}
	for _, w := range steps {
		tracks[w.step] = &track{want: w.lines}
	}
	for e, err := range view {
		if err != nil {
			v.wrong("it cannot be read: %v", err)
			break
		}
		v.take(tracks, e, killed)
	}
	for _, name := range slices.Sorted(maps.Keys(tracks)) {
		switch t := tracks[name]; {
		case t.last != t.want:
			v.wrong("step %s: the last line is %d, want %d", name, t.last, t.want)
		case t.again:
			v.wrong("step %s: no mark says where the repeated lines end", name)
		}
	}
	return v
}

const markBegin = "[stepherd: "

func (v *verdict) take(tracks map[string]*track, e entry, killed bool) {
	prefix, text, found := bytes.Cut(e.text, []byte(" | "))
	t := tracks[string(prefix)]
	switch {
	case !found || t == nil:
		v.wrong("a line of no step: %.200q", e.text)
	case bytes.HasPrefix(text, []byte(markBegin)):
		v.marks++
		if !killed || bytes.Contains(text, []byte("missing")) {
			v.wrong("a mark that should not be: %s", e.text)
			return
		}
		t.again, t.next = !t.again, 0
	default:
		step, number, ok := parseLine(string(text))
		if !ok || step != string(prefix) {
			v.wrong("a line that no step wrote: %.200q", e.text)
			return
		}
		v.lines++
		v.number(t, step, number)
	}
}

func (v *verdict) number(t *track, step string, number int) {
	want := t.last + 1
	if t.again && t.next > 0 {
		want = t.next
	}
	switch {
	case number == want, t.again && t.next == 0 && number <= want:
	case number < want:
		v.wrong("step %s: line %d came where line %d was to come", step, number, want)
	default:
		v.wrong("step %s: lines %d to %d are missing", step, want, number-1)
	}
	if number <= t.last {
		v.repeated++
	}
	t.last = max(t.last, number)
	t.next = number + 1
}

// parseLine reads what a step writes, see program.
func parseLine(text string) (step string, number int, ok bool) {
	words := strings.Split(text, " ")
	if len(words) != 4 || words[3] != lineEnd {
		return "", 0, false
	}
	number, err := strconv.Atoi(words[1])
	return words[0], number, err == nil
}

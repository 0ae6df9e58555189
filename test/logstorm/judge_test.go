package main

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"
)

// 1795629528 is 2026-11-25T17:58:48Z.

// seen makes a view of words: `a3` is line 3 of step a, `a!` a mark of step a, `a?` a mark of a gap; all else is a line
// as it stands.
func seen(words string) iter.Seq2[entry, error] {
	return func(yield func(entry, error) bool) {
		driver := 0
		for word := range strings.FieldsSeq(words) {
			step, rest := word[:1], word[1:]
			text := fmt.Sprintf("%s | %s %s 1795629528 %s", step, step, rest, lineEnd)
			switch rest {
			case "!":
				text = step + ` | [stepherd: another driver has printed this log so far; lines from 1 up to "no more repeats" may have been printed before]`
			case ".":
				text = step + " | [stepherd: no more repeats]"
			case "%": // another driver prints from here on
				driver++
				continue
			case "?":
				text = step + " | [stepherd: lines between 2026-11-25T17:58:47.000Z and 2026-11-25T17:58:49.000Z may be missing: the node has rotated the log]"
			case "^":
				text = step + " | [stepherd: lines between 2026-11-25T17:58:47.000Z and 2026-11-25T17:58:49.000Z may be missing: the node has begun a new file of the log]"
			case "v": // of a file that began later
				text = step + " | [stepherd: lines between 2026-11-25T17:58:47.000Z and 2026-11-25T17:58:53.000Z may be missing: the node has begun a new file of the log]"
			case "<":
				text = step + " | [stepherd: lines before 2026-11-25T17:58:49.000Z may be missing: the node has rotated the log]"
			case "y": // of another year
				text = step + " | [stepherd: lines between 2025-11-25T17:58:47.000Z and 2025-11-25T17:58:49.000Z may be missing: the node has rotated the log]"
			case "":
				text = "a line of nobody"
			case "~":
				text = "a | a 1 1795629528 and-this-li"
			}
			if !yield(entry{driver: driver, text: []byte(text)}, nil) {
				return
			}
		}
	}
}

func TestJudge(t *testing.T) {
	steps := []writer{{step: "a", lines: 4}, {step: "b", lines: 2}}
	for name, tt := range map[string]struct {
		words    string
		may      rules
		repeated int
		problem  string // empty: none
	}{
		"whole":                           {words: "a1 b1 a2 a3 b2 a4"},
		"missing":                         {words: "a1 b1 a4 b2", problem: "step a: lines 2 to 3 are missing"},
		"the end is missing":              {words: "a1 a2 a3 b1 b2", problem: "step a: the last line is 3, want 4"},
		"nothing of a step":               {words: "a1 a2 a3 a4", problem: "step b: the last line is 0, want 2"},
		"too many":                        {words: "a1 a2 a3 a4 b1 b2 b3", problem: "step b: the last line is 3, want 2"},
		"twice":                           {words: "a1 a2 a2 a3 a4 b1 b2", problem: "step a: line 2 came where line 3 was to come", repeated: 1},
		"late":                            {words: "a1 a3 a2 a3 a4 b1 b2", problem: "step a: lines 2 to 2 are missing", repeated: 2},
		"of no step":                      {words: "a1 x a2 a3 a4 b1 b2", problem: `a line of no step: "a line of nobody"`},
		"cut":                             {words: "a1 a~ a2 a3 a4 b1 b2", problem: "a line that no step wrote"},
		"a mark":                          {words: "a1 a2 a! a3 a4 a! b1 b2", problem: "a mark that should not be"},
		"repeats between marks":           {words: "a1 b1 a2 a3 %% a! a2 a3 b2 a4 a.", may: rules{again: true}, repeated: 2},
		"new lines between marks":         {words: "a1 b1 a2 %% a! a1 a2 a3 a4 a. b2", may: rules{again: true}, repeated: 2},
		"repeats twice":                   {words: "b1 b2 a1 a2 %% a! a1 a2 a3 a. %% a! a3 a. a4", may: rules{again: true}, repeated: 3},
		"repeats of nothing":              {words: "a1 a2 %% a! a3 a. a4 b1 b2", may: rules{again: true}},
		"a repeat without a mark":         {words: "a1 a2 a1 a2 a3 a4 b1 b2", may: rules{again: true}, repeated: 2, problem: "step a: line 1 came where line 3 was to come"},
		"a repeat under another's mark":   {words: "a1 a2 %% b! a1 a2 a3 a4 b1 b. b2", may: rules{again: true}, repeated: 2, problem: "step a: line 1 came where line 3 was to come"},
		"a repeat that ends too early":    {words: "a1 a2 a3 %% a! a1 a2 a. a3 a4 b1 b2", may: rules{again: true}, repeated: 3, problem: "step a: line 3 came where line 4 was to come"},
		"a repeat that skips":             {words: "a1 a2 a3 %% a! a1 a3 a4 a. b1 b2", may: rules{again: true}, repeated: 2, problem: "step a: lines 2 to 2 are missing"},
		"a repeat that skips what is new": {words: "a1 %% a! a3 a4 a. b1 b2", may: rules{again: true}, problem: "step a: lines 2 to 2 are missing"},
		"a repeat that does not end":      {words: "a1 a2 %% a! a2 a3 a4 b1 b2", may: rules{again: true}, repeated: 1, problem: "step a: no mark says where the repeated lines end"},
		"killed while it repeats":         {words: "a1 a2 a3 %% a! a1 a2 %% a! a1 a2 a3 a4 a. b1 b2", may: rules{again: true}, repeated: 5},
		"another driver says nothing":     {words: "a1 a2 a3 %% a! a1 a2 %% a1 a2 a3 a4 b1 b2", may: rules{again: true}, repeated: 5, problem: "step a: line 1 came where line 4 was to come"},
		"an end that began nowhere":       {words: "a1 a2 a. a3 a4 b1 b2", may: rules{again: true}, problem: "a mark that should not be"},
		"a gap that should not be":        {words: "a1 a? a2 a3 a4 b1 b2", may: rules{again: true}, problem: "a mark that should not be"},
		"a marked gap":                    {words: "a1 a? a4 b1 b2", may: rules{gaps: true}},
		"a marked gap of nothing":         {words: "a1 a? a2 a3 a4 b1 b2", may: rules{gaps: true}},
		"a gap with another's mark":       {words: "a1 b1 b? a4 b2", may: rules{gaps: true}, problem: "step a: lines 2 to 3 are missing"},
		"a mark too early":                {words: "a1 a? a2 a4 b1 b2", may: rules{gaps: true}, problem: "step a: lines 3 to 3 are missing"},
		"a mark of other times":           {words: "a1 ay a4 b1 b2", may: rules{gaps: true}, problem: "step a: lines 2 to 3 are missing, and the mark says"},
		"told late":                       {words: "a1 b1 a4 b2 a^", may: rules{gaps: true}},
		"told late, of nothing":           {words: "a1 a^ a2 a3 a4 b1 b2", may: rules{gaps: true}},
		"told late of another":            {words: "a1 b1 a4 b2 b^", may: rules{gaps: true}, problem: "step a: lines 2 to 3 are missing"},
		"told late of another file":       {words: "a1 b1 a4 b2 av", may: rules{gaps: true}, problem: "step a: lines 2 to 3 are missing"},
		"told late, and not allowed":      {words: "a1 a2 a3 a^ a4 b1 b2", may: rules{again: true}, problem: "a mark that should not be"},
		"the beginning is lost":           {words: "a< a3 a4 b1 b2", may: rules{gaps: true}},
		"a gap within marks a beginning":  {words: "a1 a< a3 a4 b1 b2", may: rules{gaps: true}, problem: "step a: lines 2 to 2 are missing, and the mark says"},
		"the end is lost under a mark":    {words: "a1 a2 a? b1 b2", may: rules{gaps: true}, problem: "step a: the last line is 2, want 4"},
	} {
		t.Run(name, func(t *testing.T) {
			v := judge(seen(tt.words), steps, tt.may)
			if tt.problem == "" && len(v.problems) > 0 || tt.problem != "" && !slices.ContainsFunc(v.problems, func(p string) bool { return strings.HasPrefix(p, tt.problem) }) {
				t.Errorf("the problems are %q, want %q", v.problems, tt.problem)
			}
			if v.repeated != tt.repeated {
				t.Errorf("%d lines came again, want %d", v.repeated, tt.repeated)
			}
		})
	}
}

func TestJudgeTellsHowOldRepeatsAre(t *testing.T) {
	at := time.Date(2026, 11, 25, 17, 58, 48, 0, time.UTC)
	for last, want := range map[time.Duration]int{time.Second: 0, 10 * time.Second: 1} {
		v := judge(func(yield func(entry, error) bool) {
			i := 0
			for e := range seen("a1 a2 b1 %% a! a2 a3 a4 a. b2") {
				if e.at = at; i == 2 { // b1, the last of the first driver
					e.at = at.Add(last)
				}
				i++
				if !yield(e, nil) {
					return
				}
			}
		}, []writer{{step: "a", lines: 4}, {step: "b", lines: 2}}, rules{again: true})
		if v.oldest != last || len(v.problems) != want {
			t.Errorf("a line that was %s old came again: %s, %q", last, v.oldest, v.problems)
		}
	}
}

func TestJudgeTellsSomeOfManyProblems(t *testing.T) {
	v := judge(seen(strings.Repeat("a1 ", 30)), []writer{{step: "a", lines: 1}}, rules{})
	if len(v.problems) != maxProblems || len(v.problems)+v.more != 29 {
		t.Errorf("%d problems are told and %d are not, want %d and %d", len(v.problems), v.more, maxProblems, 29-maxProblems)
	}
}

package v1alpha1

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing wrong with a file, with its place.
type Problem struct {
	// Line and Column count from 1; 0 when there is no place.
	Line, Column int
	// Path is like steps[2].needs[0]; empty for the whole document.
	Path string
	// Message is a sentence without the place, e.g. `unknown key "imagee"; did you mean "image"?`.
	Message string
}

// Problems is all that is wrong with a file, ordered by place. As an error its text is one line each:
// `file:line:column: path: message`.
type Problems struct {
	File string
	// List has the first 100 problems; More counts those that were left out.
	List []Problem
	More int
}

func (p *Problems) Error() string {
	var out strings.Builder
	for i, problem := range p.List {
		if i > 0 {
			out.WriteByte('\n')
		}
		out.WriteString(p.File)
		if problem.Line > 0 {
			fmt.Fprintf(&out, ":%d", problem.Line)
		}
		if problem.Column > 0 {
			fmt.Fprintf(&out, ":%d", problem.Column)
		}
		if problem.Path != "" {
			out.WriteString(": " + problem.Path)
		}
		out.WriteString(": " + problem.Message)
	}
	if p.More > 0 {
		fmt.Fprintf(&out, "\n%s: and %d more problems", p.File, p.More)
	}
	return out.String()
}

const (
	// maxProblems is how many problems are shown.
	maxProblems = 100
	// maxCollected is how many are kept to be sorted; of more only the number is kept.
	maxCollected = 10_000
)

// collector gathers problems with an eye on memory: a bad file can have a million.
type collector struct {
	list []Problem
	more int
}

func (c *collector) add(p Problem) {
	if c.full() {
		c.more++
		return
	}
	c.list = append(c.list, p)
}

// atValue reports a problem with a value.
func (c *collector) atValue(v *value, format string, args ...any) {
	line, column := v.place()
	c.add(Problem{Line: int(line), Column: int(column), Path: v.path(), Message: fmt.Sprintf(format, args...)})
}

// atKey reports a problem with a key.
func (c *collector) atKey(v *value, format string, args ...any) {
	c.add(Problem{Line: int(v.keyLine), Column: int(v.keyColumn), Path: v.path(), Message: fmt.Sprintf(format, args...)})
}

// full says that the next problem is only counted.
func (c *collector) full() bool { return len(c.list) >= maxCollected }

func (c *collector) found() bool { return len(c.list) > 0 }

// problems sorts by place, drops repeats and cuts to what is shown. A repeat is the same sentence at the same place: an
// anchor that is used often is wrong once.
func (c *collector) problems(file string) *Problems {
	list := c.list
	slices.SortStableFunc(list, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	seen := make(map[Problem]bool, len(list))
	list = slices.DeleteFunc(list, func(p Problem) bool {
		if p.Line > 0 {
			p.Path = ""
		}
		repeated := seen[p]
		seen[p] = true
		return repeated
	})
	out := &Problems{File: file, List: list, More: c.more}
	if len(list) > maxProblems {
		out.List, out.More = list[:maxProblems], c.more+len(list)-maxProblems
	}
	return out
}

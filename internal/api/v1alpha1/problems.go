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
	// UnknownKey reports whether Path ends in a key that this build does not know; a newer one may.
	UnknownKey bool
}

// Problems is all that is wrong with a file, ordered by place. As an error its text is one line each:
// `file:line:column: path: message`.
type Problems struct {
	File string
	// List has the first 100 problems; More counts those that were left out.
	List []Problem
	More int
}

func (p *Problems) Error() string { return strings.Join(p.lines("problems"), "\n") }

// lines are the problems, one a line, and how many there are beyond those.
func (p *Problems) lines(what string) []string {
	out := make([]string, 0, len(p.List)+1)
	for _, problem := range p.List {
		out = append(out, problem.Where(p.File)+": "+problem.Message)
	}
	if p.More > 0 {
		out = append(out, fmt.Sprintf("%s: and %d more %s", p.File, p.More, what))
	}
	return out
}

// Where is the place in the file: `file:line:column: path`.
func (p Problem) Where(file string) string {
	where := file
	if p.Line > 0 {
		where += fmt.Sprintf(":%d", p.Line)
	}
	if p.Column > 0 {
		where += fmt.Sprintf(":%d", p.Column)
	}
	if p.Path != "" {
		where += ": " + p.Path
	}
	return where
}

const (
	// maxProblems is how many problems are shown.
	maxProblems = 100
	// maxWarnings is how many warnings are shown; more would not be read.
	maxWarnings = 20
	// maxCollected is how many are kept to be sorted; of more only the number is kept.
	maxCollected = 10_000
)

// collector gathers problems, and warnings beside them, with an eye on memory: a bad file can have a million.
type collector struct {
	list []Problem
	more int

	warned     []Problem
	warnedMore int
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

// atUnknownKey reports a key that this build does not know, whatever is known of what another tool means by it.
func (c *collector) atUnknownKey(v *value, format string, args ...any) {
	c.add(Problem{Line: int(v.keyLine), Column: int(v.keyColumn), Path: v.path(), Message: fmt.Sprintf(format, args...), UnknownKey: true})
}

// warn adds a warning.
func (c *collector) warn(p Problem) {
	if len(c.warned) >= maxCollected {
		c.warnedMore++
		return
	}
	c.warned = append(c.warned, p)
}

// warnAtValue warns about a value.
func (c *collector) warnAtValue(v *value, format string, args ...any) {
	line, column := v.place()
	c.warn(Problem{Line: int(line), Column: int(column), Path: v.path(), Message: fmt.Sprintf(format, args...)})
}

// warnAtKey warns about a key.
func (c *collector) warnAtKey(v *value, format string, args ...any) {
	c.warn(Problem{Line: int(v.keyLine), Column: int(v.keyColumn), Path: v.path(), Message: fmt.Sprintf(format, args...)})
}

// full says that the next problem is only counted.
func (c *collector) full() bool { return len(c.list) >= maxCollected }

func (c *collector) found() bool { return len(c.list) > 0 }

// problems are those that are shown.
func (c *collector) problems(file string) *Problems { return shown(file, c.list, c.more, maxProblems) }

// warnings are those that are shown, one a line.
func (c *collector) warnings(file string) []string {
	return shown(file, c.warned, c.warnedMore, maxWarnings).lines("warnings")
}

// shown sorts by place, drops repeats and cuts to what is shown. A repeat is the same sentence at the same place: an anchor
// that is used often is wrong once.
func shown(file string, list []Problem, more, most int) *Problems {
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
	out := &Problems{File: file, List: list, More: more}
	if len(list) > most {
		out.List, out.More = list[:most], more+len(list)-most
	}
	return out
}

package yamltree

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
	// Source is where the mistake was made if not in the file: a flag of the command line, or another file.
	Source string
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
	where := cmp.Or(p.Source, file)
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
	// MaxProblems is how many problems are shown.
	MaxProblems = 100
	// MaxWarnings is how many warnings are shown; more would not be read.
	MaxWarnings = 20
	// maxCollected is how many are kept to be sorted; of more only the number is kept.
	maxCollected = 10_000
)

// Collector gathers problems, and warnings beside them, with an eye on memory: a bad file can have a million.
type Collector struct {
	// Text is the file, by which the place of a part of a value is found; it may be nil.
	Text  []byte
	lines []int // where its lines begin, once that was asked for

	List []Problem
	more int

	warned     []Problem
	warnedMore int
}

// Add adds a problem, or only counts it once the collector is full.
func (c *Collector) Add(p Problem) {
	if c.Full() {
		c.more++
		return
	}
	c.List = append(c.List, p)
}

// AtValue reports a problem with a value.
func (c *Collector) AtValue(v *Value, format string, args ...any) {
	line, column := v.Place()
	c.Add(Problem{Line: int(line), Column: int(column), Path: v.Path(), Message: fmt.Sprintf(format, args...)})
}

// AtKey reports a problem with a key.
func (c *Collector) AtKey(v *Value, format string, args ...any) {
	c.Add(Problem{Line: int(v.KeyLine), Column: int(v.keyColumn), Path: v.Path(), Message: fmt.Sprintf(format, args...)})
}

// AtUnknownKey reports a key that this build does not know, whatever is known of what another tool means by it.
func (c *Collector) AtUnknownKey(v *Value, format string, args ...any) {
	c.Add(Problem{Line: int(v.KeyLine), Column: int(v.keyColumn), Path: v.Path(), Message: fmt.Sprintf(format, args...), UnknownKey: true})
}

// Warn adds a warning.
func (c *Collector) Warn(p Problem) {
	if len(c.warned) >= maxCollected {
		c.warnedMore++
		return
	}
	c.warned = append(c.warned, p)
}

// WarnAtValue warns about a value.
func (c *Collector) WarnAtValue(v *Value, format string, args ...any) {
	line, column := v.Place()
	c.Warn(Problem{Line: int(line), Column: int(column), Path: v.Path(), Message: fmt.Sprintf(format, args...)})
}

// WarnAtKey warns about a key.
func (c *Collector) WarnAtKey(v *Value, format string, args ...any) {
	c.Warn(Problem{Line: int(v.KeyLine), Column: int(v.keyColumn), Path: v.Path(), Message: fmt.Sprintf(format, args...)})
}

// Full reports whether the next problem is only counted.
func (c *Collector) Full() bool { return len(c.List) >= maxCollected }

// Skip counts a problem that is not described.
func (c *Collector) Skip() { c.more++ }

// Count returns how many problems are described.
func (c *Collector) Count() int { return len(c.List) }

// Found returns the problems that are described, in the order in which they were found.
func (c *Collector) Found() []Problem { return c.List }

// Problems are those that are shown.
func (c *Collector) Problems(file string) *Problems { return shown(file, c.List, c.more, MaxProblems) }

// Warnings are those that are shown, one a line.
func (c *Collector) Warnings(file string) []string {
	return shown(file, c.warned, c.warnedMore, MaxWarnings).lines("warnings")
}

// shown sorts by place, drops repeats and cuts to what is shown. A repeat is the same sentence at the same place: an anchor
// that is used often is wrong once.
func shown(file string, list []Problem, more, most int) *Problems {
	slices.SortStableFunc(list, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
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

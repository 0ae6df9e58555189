package v1alpha1

import (
	"fmt"
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
	// List has the first problems; More counts those that were left out because they are too many.
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

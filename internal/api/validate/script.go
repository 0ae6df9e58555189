package validate

import (
	"strings"

	"github.com/stepherd/stepherd/internal/api/parameters"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/wording"
	"github.com/stepherd/stepherd/internal/api/yamltree"
	"github.com/stepherd/stepherd/internal/expr"
)

// scriptRules checks the script of a step, and the results that its program writes.
type scriptRules struct{ *validator }

func (v scriptRules) script(at *yamltree.Path, s *v1alpha1.Step) {
	script, shell := at.Field("script"), at.Field("shell")
	for i, word := range s.Shell {
		v.noNUL(shell.At(i), word)
		v.noExpression(shell.At(i), word)
	}
	if s.Script == "" {
		if len(s.Shell) > 0 && !v.silent(script) {
			v.report(shell, "shell runs the text of script, and the step has none: write script: ..., or command and args alone")
		}
		return
	}
	for _, other := range []struct {
		key   string
		words []string
	}{{"command", s.Command}, {"args", s.Args}} {
		if len(other.words) > 0 {
			v.report(at.Field(other.key), "a step has either script or command and args: remove %s, or script; what runs the script is written as shell: [sh, -ec]", other.key)
		}
	}
	v.noNUL(script, s.Script)
	v.noExpression(script, s.Script)
	if n := len(s.Script); n > maxExecText {
		v.report(script, "the script has %d bytes, and Linux gives a program at most %d in one argument: put it into the image, or into a ConfigMap that is mounted as a file", n, maxExecText)
	}
}

// noExpression refuses expressions in a program's text: a quote in a value would end a text of the program.
func (v scriptRules) noExpression(at *yamltree.Path, text string) {
	if !expr.HasExpression(text) {
		return
	}
	start := strings.Index(text, "${{")
	shown := "${{ parameters.x }}"
	if end := strings.Index(text[start:], "}}"); end >= 0 && end <= wording.MaxShown && !strings.ContainsAny(text[start:start+end], "\n\"\\") {
		shown = text[start : start+end+len("}}")]
	}
	v.reportInside(at, start, `no expression is allowed here, where its value would become a part of the program: give it by env, as settings: {env: {NAME: "%s"}}, and let the program read the variable NAME`, shown)
}

func (v scriptRules) results(at *yamltree.Path, results []v1alpha1.Result) {
	first := map[string]int{}
	for i, r := range results {
		name := at.At(i).Field("name")
		if wrong := parameters.NameProblem("result", r.Name); wrong != "" {
			v.report(name, "%s", wrong)
		} else if before, twice := first[r.Name]; twice {
			v.report(name, "%s is the name of results[%d]%s already: choose another name", wording.Quote(r.Name), before, v.line(at.At(before).Field("name")))
		} else {
			first[r.Name] = i
		}
		if wrong := parameters.TypeProblem(r.Type); wrong != "" {
			v.report(at.At(i).Field("type"), "%s", wrong)
		}
	}
}

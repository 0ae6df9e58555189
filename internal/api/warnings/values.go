package warnings

import (
	"path"
	"regexp"
	"strings"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/wording"
	"github.com/stepherd/stepherd/internal/api/yamltree"
	"github.com/stepherd/stepherd/internal/expr"
	"github.com/stepherd/stepherd/internal/results"
)

// programFollows reports whether a word is an option behind which the text of a program stands: -c of a shell or of Python, -ec.
func programFollows(word string) bool {
	return strings.HasPrefix(word, "-") && !strings.HasPrefix(word, "--") && strings.HasSuffix(word, "c")
}

// expression is the first expression of a text, to be shown.
var expression = regexp.MustCompile(`(?s)\$\{\{.*?\}\}`)

// programTexts warns of expressions inside the text of `sh -c`, where a quote in a value is a quote of the program.
func (w *warner) programTexts(at *yamltree.Path, s *v1alpha1.Step) {
	last := ""
	for _, list := range []struct {
		key   string
		words []string
	}{{"command", s.Command}, {"args", s.Args}} {
		for i, word := range list.words {
			if programFollows(last) && expr.HasExpression(word) {
				found := wording.Cut(expression.FindString(word), wording.MaxShown)
				w.warn(at.Field(list.key).At(i), "the value of %s becomes a part of a program here, so that a quote or a ; in it is read as the program's own: give it by env, as settings: {env: {NAME: %s}}, and write \"$NAME\"",
					wording.Bare(found), wording.Quote(found))
			}
			last = word
		}
	}
}

// script warns of a script whose first line names another program than the shell.
func (w *warner) script(at *yamltree.Path, s *v1alpha1.Step) {
	if len(s.Shell) > 0 || !strings.HasPrefix(s.Script, "#!") {
		return
	}
	line, _, _ := strings.Cut(strings.TrimPrefix(s.Script, "#!"), "\n")
	words := strings.Fields(line)
	if len(words) > 1 && path.Base(words[0]) == "env" {
		words = words[1:]
	}
	if len(words) == 0 {
		return
	}
	if program := path.Base(words[0]); program != "sh" {
		w.warn(at.Field("script"), "the first line names %s, but means nothing to sh, which runs the script: write shell: [%s, %s]", wording.Quote(program), wording.FlowText(program), optionOf(program))
	}
}

// optionOf is the option by which a program runs the text of its next argument.
func optionOf(program string) string {
	switch program {
	case "bash", "dash", "zsh", "ksh", "ash":
		return "-ec"
	case "node", "perl", "ruby":
		return "-e"
	}
	return "-c"
}

// sharedFrom is the number of containers from which on each gets less room for what it says at its end.
const sharedFrom = 4

// results warns of a Pod with so many containers that results have less room.
func (w *warner) results(at *yamltree.Path, p *v1alpha1.Pipeline, s *v1alpha1.Step) {
	if len(s.Results) == 0 || len(p.Settings.PodSettings) == 0 && len(s.Settings.PodSettings) == 0 {
		return
	}
	effective, err := v1alpha1.Effective(p, s)
	if err != nil {
		return
	}
	spec, err := v1alpha1.DecodePodSpec(effective.PodSettings)
	if err != nil {
		return
	}
	n := len(spec.InitContainers) + 1
	for i := range spec.Containers {
		if spec.Containers[i].Name != v1alpha1.MainContainer {
			n++
		}
	}
	if n >= sharedFrom {
		w.warn(at.Field("results"), "the step's Pod has %d containers, so that its results may have less than %d bytes, where a Pod of up to %d may have %d: keep them small, or put the data into a file",
			n, results.Limit(n), sharedFrom-1, results.Limit(1))
	}
}

// finally warns of a time for steps that are not there.
func (w *warner) finally(p *v1alpha1.Pipeline) {
	var root *yamltree.Path
	if p.FinallyTimeout != nil && len(p.Finally) == 0 {
		w.warn(root.Field("finallyTimeout"), "there are no steps under finally that it could end: remove it, or write finally: [{name: last, command: [...]}]")
	}
}

package warnings

import (
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/wording"
	"github.com/stepherd/stepherd/internal/api/yamltree"
)

// dollars warns of $$, which Kubernetes turns into $ in command, args and env, and which a shell would have read as its
// process ID.
func (w *warner) dollars(p *v1alpha1.Pipeline) {
	var root *yamltree.Path
	w.podDollars(root.Fields("driver", "podSettings"), p.Driver.PodSettings)
	w.settingsDollars(root.Field("settings"), &p.Settings)
	for at, s := range yamltree.Steps(p) {
		w.wordDollars(at.Field("command"), s.Command)
		w.wordDollars(at.Field("args"), s.Args)
		w.settingsDollars(at.Field("settings"), &s.Settings)
	}
}

func (w *warner) settingsDollars(at *yamltree.Path, s *v1alpha1.Settings) {
	w.envDollars(at.Field("env"), s.Env)
	w.podDollars(at.Field("podSettings"), s.PodSettings)
}

func (w *warner) podDollars(at *yamltree.Path, raw v1alpha1.PodSettings) {
	if !strings.Contains(string(raw), "$$") {
		return
	}
	for _, list := range []string{"initContainers", "containers"} {
		for i, c := range raw.Containers(list) {
			place := at.Field(list).At(i)
			w.wordDollars(place.Field("command"), c.Command)
			w.wordDollars(place.Field("args"), c.Args)
			w.envDollars(place.Field("env"), c.Env)
		}
	}
}

func (w *warner) wordDollars(at *yamltree.Path, words []string) {
	for i, word := range words {
		w.dollar(at.At(i), word)
	}
}

func (w *warner) envDollars(at *yamltree.Path, env []corev1.EnvVar) {
	for i, e := range env {
		w.dollar(at.At(i).Field("value"), e.Value)
	}
}

func (w *warner) dollar(at *yamltree.Path, text string) {
	if losesDollar(text) {
		w.warn(at, "Kubernetes turns the $$ in %s into $: write $$$$ where the program is to find $$", wording.Quote(around(text)))
	}
}

// losesDollar reports whether a text has two or three $ in a row that do not escape a reference. Four are written by
// somebody who knows the rule, and $$(NAME) is how one writes $(NAME).
func losesDollar(text string) bool {
	for at := strings.Index(text, "$$"); at >= 0; at = strings.Index(text, "$$") {
		rest := strings.TrimLeft(text[at:], "$")
		run := len(text) - at - len(rest)
		if (run == 2 || run == 3) && !strings.HasPrefix(rest, "(") {
			return true
		}
		text = rest
	}
	return false
}

// around is the line of a text in which the $$ is.
func around(text string) string {
	for line := range strings.Lines(text) {
		if losesDollar(line) {
			return strings.TrimSpace(line)
		}
	}
	return text
}

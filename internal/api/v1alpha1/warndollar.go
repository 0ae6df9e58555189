package v1alpha1

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// dollars warns of $$, which Kubernetes turns into $ in command, args and env, and which a shell would have read as its
// process ID.
func (w *warner) dollars(p *Pipeline) {
	var root *path
	w.podDollars(root.fields("driver", "podSettings"), p.Driver.PodSettings)
	w.settingsDollars(root.field("settings"), &p.Settings)
	for i := range p.Steps {
		s, at := &p.Steps[i], root.field("steps").at(i)
		w.wordDollars(at.field("command"), s.Command)
		w.wordDollars(at.field("args"), s.Args)
		w.settingsDollars(at.field("settings"), &s.Settings)
	}
}

func (w *warner) settingsDollars(at *path, s *Settings) {
	w.envDollars(at.field("env"), s.Env)
	w.podDollars(at.field("podSettings"), s.PodSettings)
}

func (w *warner) podDollars(at *path, raw PodSettings) {
	if !strings.Contains(string(raw), "$$") {
		return
	}
	for _, list := range []string{"initContainers", "containers"} {
		for i, c := range raw.containers(list) {
			place := at.field(list).at(i)
			w.wordDollars(place.field("command"), c.Command)
			w.wordDollars(place.field("args"), c.Args)
			w.envDollars(place.field("env"), c.Env)
		}
	}
}

func (w *warner) wordDollars(at *path, words []string) {
	for i, word := range words {
		w.dollar(at.at(i), word)
	}
}

func (w *warner) envDollars(at *path, env []corev1.EnvVar) {
	for i, e := range env {
		w.dollar(at.at(i).field("value"), e.Value)
	}
}

func (w *warner) dollar(at *path, text string) {
	if losesDollar(text) {
		w.warn(at, "Kubernetes turns the $$ in %s into $: write $$$$ where the program is to find $$", quote(around(text)))
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

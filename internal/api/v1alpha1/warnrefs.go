package v1alpha1

import (
	"bytes"
	"regexp"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// variable is $(NAME), with all dollars in front of it: $$(NAME) is the text $(NAME).
// See https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/.
var variable = regexp.MustCompile(`(\$+)\(([A-Za-z_][A-Za-z0-9_-]*)\)`)

// alwaysThere are variables that every step has: Stepherd's own, and those of the API server's Service.
var alwaysThere = regexp.MustCompile(`^(STEPHERD|KUBERNETES)_`)

// environ is what a container's variables are known to be.
type environ struct {
	names map[string]bool
	open  bool // envFrom brings more, whose names are not known here
}

func (e *environ) add(env []corev1.EnvVar, from []corev1.EnvFromSource) {
	for _, v := range env {
		e.names[v.Name] = true
	}
	e.open = e.open || len(from) > 0
}

// missing is the first variable that a text refers to and the container does not have. In a line for a shell, $(date) is the
// output of a program; no program has a name in capitals.
func (e *environ) missing(text string, shell bool) string {
	if e.open || !strings.Contains(text, "$(") {
		return ""
	}
	for _, m := range variable.FindAllStringSubmatch(text, -1) {
		name := m[2]
		switch {
		case len(m[1])%2 == 0, e.names[name], alwaysThere.MatchString(name):
		case shell && name != strings.ToUpper(name):
		default:
			return name
		}
	}
	return ""
}

// references warns of $(NAME) where the container has no variable NAME, which Kubernetes leaves in the text as it is.
func (w *warner) references(at *path, p *Pipeline, s *Step) {
	if !w.refers(p, s) {
		return
	}
	effective, err := Effective(p, s)
	if err != nil {
		return
	}
	spec, err := podSpec(effective.PodSettings)
	if err != nil {
		return
	}
	all := map[string]*environ{MainContainer: {names: map[string]bool{}}}
	all[MainContainer].add(effective.Env, effective.EnvFrom)
	for _, c := range append(spec.InitContainers, spec.Containers...) {
		if all[c.Name] == nil {
			all[c.Name] = &environ{names: map[string]bool{}}
		}
		all[c.Name].add(c.Env, c.EnvFrom)
	}
	var root *path
	main := all[MainContainer]
	w.refersIn(main, at.field("command"), s.Command)
	w.refersIn(main, at.field("args"), s.Args)
	w.refersInEnv(main, at.fields("settings", "env"), s.Settings.Env)
	w.refersInEnv(main, root.fields("settings", "env"), p.Settings.Env)
	w.refersInPod(all, at.fields("settings", "podSettings"), s.Settings.PodSettings)
	w.refersInPod(all, root.fields("settings", "podSettings"), p.Settings.PodSettings)
}

// refers reports whether anything in a step refers to a variable: most do not, and cost nothing more.
func (w *warner) refers(p *Pipeline, s *Step) bool {
	for _, words := range [][]string{s.Command, s.Args} {
		for _, word := range words {
			if strings.Contains(word, "$(") {
				return true
			}
		}
	}
	for _, settings := range []*Settings{&p.Settings, &s.Settings} {
		for _, e := range settings.Env {
			if strings.Contains(e.Value, "$(") {
				return true
			}
		}
		if bytes.Contains(settings.PodSettings, []byte("$(")) {
			return true
		}
	}
	return false
}

func (w *warner) refersIn(e *environ, at *path, words []string) {
	for i, word := range words {
		shell := i > 0 && strings.HasPrefix(words[i-1], "-") && strings.HasSuffix(words[i-1], "c") || strings.Contains(word, "\n")
		if name := e.missing(word, shell); name != "" {
			w.noVariable(at.at(i), name)
		}
	}
}

func (w *warner) refersInEnv(e *environ, at *path, env []corev1.EnvVar) {
	for i, v := range env {
		if name := e.missing(v.Value, false); name != "" {
			w.noVariable(at.at(i).field("value"), name)
		}
	}
}

func (w *warner) refersInPod(all map[string]*environ, at *path, raw PodSettings) {
	w.containers(at, raw, func(at *path, c *corev1.Container) {
		e := all[c.Name]
		if e == nil {
			return // taken away in the merge
		}
		w.refersIn(e, at.field("command"), c.Command)
		w.refersIn(e, at.field("args"), c.Args)
		w.refersInEnv(e, at.field("env"), c.Env)
	})
}

func (w *warner) noVariable(at *path, name string) {
	w.warn(at, "the container has no variable %s, so $(%s) stays in the text as it is: write env: [{name: %s, value: text}], or $$(%s) where the text is meant", name, name, name, name)
}

// containers visits the containers of podSettings as they are written.
func (w *warner) containers(at *path, raw PodSettings, visit func(*path, *corev1.Container)) {
	object, err := raw.object()
	if err != nil {
		return // Validate says so
	}
	strip(object)
	spec := struct{ InitContainers, Containers []corev1.Container }{}
	if remarshal(object, &spec) != nil {
		return
	}
	for i := range spec.InitContainers {
		visit(at.field("initContainers").at(i), &spec.InitContainers[i])
	}
	for i := range spec.Containers {
		visit(at.field("containers").at(i), &spec.Containers[i])
	}
}

package warnings

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/yamltree"
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
func (w *warner) references(at *yamltree.Path, p *v1alpha1.Pipeline, s *v1alpha1.Step) {
	if !w.refers(p, s) {
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
	all := map[string]*environ{v1alpha1.MainContainer: {names: map[string]bool{}}}
	all[v1alpha1.MainContainer].add(effective.Env, effective.EnvFrom)
	for _, c := range append(spec.InitContainers, spec.Containers...) {
		if all[c.Name] == nil {
			all[c.Name] = &environ{names: map[string]bool{}}
		}
		all[c.Name].add(c.Env, c.EnvFrom)
	}
	var root *yamltree.Path
	main := all[v1alpha1.MainContainer]
	w.refersIn(main, at.Field("command"), s.Command)
	w.refersIn(main, at.Field("args"), s.Args)
	w.refersInEnv(main, at.Fields("settings", "env"), s.Settings.Env)
	w.refersInEnv(main, root.Fields("settings", "env"), p.Settings.Env)
	w.refersInPod(all, at.Fields("settings", "podSettings"), s.Settings.PodSettings)
	w.refersInPod(all, root.Fields("settings", "podSettings"), p.Settings.PodSettings)
}

// refers reports whether anything in a step refers to a variable: most do not, and cost nothing more.
func (w *warner) refers(p *v1alpha1.Pipeline, s *v1alpha1.Step) bool {
	for _, words := range [][]string{s.Command, s.Args} {
		for _, word := range words {
			if strings.Contains(word, "$(") {
				return true
			}
		}
	}
	for _, settings := range []*v1alpha1.Settings{&p.Settings, &s.Settings} {
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

func (w *warner) refersIn(e *environ, at *yamltree.Path, words []string) {
	for i, word := range words {
		shell := i > 0 && programFollows(words[i-1]) || strings.Contains(word, "\n")
		if name := e.missing(word, shell); name != "" {
			w.noVariable(at.At(i), name)
		}
	}
}

func (w *warner) refersInEnv(e *environ, at *yamltree.Path, env []corev1.EnvVar) {
	for i, v := range env {
		if name := e.missing(v.Value, false); name != "" {
			w.noVariable(at.At(i).Field("value"), name)
		}
	}
}

func (w *warner) refersInPod(all map[string]*environ, at *yamltree.Path, raw v1alpha1.PodSettings) {
	w.containers(at, raw, func(at *yamltree.Path, c *corev1.Container) {
		e := all[c.Name]
		if e == nil {
			return // taken away in the merge
		}
		w.refersIn(e, at.Field("command"), c.Command)
		w.refersIn(e, at.Field("args"), c.Args)
		w.refersInEnv(e, at.Field("env"), c.Env)
	})
}

func (w *warner) noVariable(at *yamltree.Path, name string) {
	w.warn(at, "the container has no variable %s, so $(%s) stays in the text as it is: write env: [{name: %s, value: text}], or $$(%s) where the text is meant", name, name, name, name)
}

// containers visits the containers of podSettings as they are written.
func (w *warner) containers(at *yamltree.Path, raw v1alpha1.PodSettings, visit func(*yamltree.Path, *corev1.Container)) {
	object, err := raw.Object()
	if err != nil {
		return // Validate reports it
	}
	v1alpha1.Strip(object)
	spec := struct{ InitContainers, Containers []corev1.Container }{}
	if remarshal(object, &spec) != nil {
		return
	}
	for i := range spec.InitContainers {
		visit(at.Field("initContainers").At(i), &spec.InitContainers[i])
	}
	for i := range spec.Containers {
		visit(at.Field("containers").At(i), &spec.Containers[i])
	}
}

// remarshal reads generic JSON into a Go type.
func remarshal(from, into any) error {
	b, err := json.Marshal(from)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, into)
}

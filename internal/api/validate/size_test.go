package validate

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

func TestSizes(t *testing.T) {
	long := func(n int) string { return strings.Repeat("x", n) }
	env := func(name, value string) v1alpha1.Settings {
		return v1alpha1.Settings{Env: []corev1.EnvVar{{Name: name, Value: value}}}
	}
	side := func(list, inside string) v1alpha1.Settings {
		return v1alpha1.Settings{PodSettings: v1alpha1.PodSettings(`{"` + list + `":[{"name":"side","image":"i",` + inside + `}]}`)}
	}
	for _, row := range []struct {
		name string
		step v1alpha1.Step
		want string // the path, or none
	}{
		{"the longest argument", v1alpha1.Step{Args: []string{long(131071)}}, ""},
		{"one byte more", v1alpha1.Step{Args: []string{"a", long(131072)}}, "steps[0].args[1]"},
		{"the program", v1alpha1.Step{Command: []string{long(131072)}}, "steps[0].command[0]"},
		{"bytes, not characters", v1alpha1.Step{Args: []string{strings.Repeat("é", 65536)}}, "steps[0].args[0]"},
		{"the longest variable", v1alpha1.Step{Settings: env("NAME", long(131066))}, ""},
		{"its name counts", v1alpha1.Step{Settings: env("NAME", long(131067))}, "steps[0].settings.env[0].value"},
		{"shorter once it is expanded", v1alpha1.Step{Args: []string{long(131070) + "$$"}}, ""},
		{"a reference may be empty", v1alpha1.Step{Args: []string{long(131071) + "$(X)"}}, ""},
		{"no reference", v1alpha1.Step{Args: []string{long(131070) + "$("}}, "steps[0].args[0]"},
		{"a side container's argument", v1alpha1.Step{Settings: side("containers", `"args":["`+long(131072)+`"]`)}, "steps[0].settings.podSettings.containers[0].args[0]"},
		{"an init container's variable", v1alpha1.Step{Settings: side("initContainers", `"env":[{"name":"A","value":"`+long(131072)+`"}]`)}, "steps[0].settings.podSettings.initContainers[0].env[0].value"},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.step.Name, row.step.Settings.Image = "a", "busybox:1"
			p := &v1alpha1.Pipeline{APIVersion: v1alpha1.APIVersion, Kind: v1alpha1.KindPipeline, Metadata: v1alpha1.Metadata{Name: "x"}, Steps: []v1alpha1.Step{row.step}}
			v1alpha1.SetDefaults(p)
			var got []string
			for _, problem := range Pipeline(p) {
				got = append(got, problem.Path)
				if !strings.Contains(problem.Message, "at most 131071") {
					t.Errorf("got %s", problem.Message)
				}
			}
			if shown := strings.Join(got, ", "); shown != row.want {
				t.Errorf("got %q, want %q", shown, row.want)
			}
		})
	}
}

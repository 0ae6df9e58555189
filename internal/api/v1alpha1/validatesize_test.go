package v1alpha1

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestSizes(t *testing.T) {
	long := func(n int) string { return strings.Repeat("x", n) }
	env := func(name, value string) Settings { return Settings{Env: []corev1.EnvVar{{Name: name, Value: value}}} }
	side := func(list, inside string) Settings {
		return Settings{PodSettings: PodSettings(`{"` + list + `":[{"name":"side","image":"i",` + inside + `}]}`)}
	}
	for _, row := range []struct {
		name string
		step Step
		want string // the path, or none
	}{
		{"the longest argument", Step{Args: []string{long(131071)}}, ""},
		{"one byte more", Step{Args: []string{"a", long(131072)}}, "steps[0].args[1]"},
		{"the program", Step{Command: []string{long(131072)}}, "steps[0].command[0]"},
		{"bytes, not characters", Step{Args: []string{strings.Repeat("é", 65536)}}, "steps[0].args[0]"},
		{"the longest variable", Step{Settings: env("NAME", long(131066))}, ""},
		{"its name counts", Step{Settings: env("NAME", long(131067))}, "steps[0].settings.env[0].value"},
		{"shorter once it is expanded", Step{Args: []string{long(131070) + "$$"}}, ""},
		{"a reference may be empty", Step{Args: []string{long(131071) + "$(X)"}}, ""},
		{"no reference", Step{Args: []string{long(131070) + "$("}}, "steps[0].args[0]"},
		{"a side container's argument", Step{Settings: side("containers", `"args":["`+long(131072)+`"]`)}, "steps[0].settings.podSettings.containers[0].args[0]"},
		{"an init container's variable", Step{Settings: side("initContainers", `"env":[{"name":"A","value":"`+long(131072)+`"}]`)}, "steps[0].settings.podSettings.initContainers[0].env[0].value"},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.step.Name, row.step.Settings.Image = "a", "busybox:1"
			p := &Pipeline{APIVersion: APIVersion, Kind: KindPipeline, Metadata: Metadata{Name: "x"}, Steps: []Step{row.step}}
			SetDefaults(p)
			var got []string
			for _, problem := range Validate(p) {
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

func TestLosesDollar(t *testing.T) {
	for text, want := range map[string]bool{
		"": false, "$": false, "echo $$": true, "echo $$ > pid": true, "$$$x": true, "$$(NAME)": false, "$$$(NAME)": false, "echo $$$$": false, "a$b$c": false,
		"$$(A) and $$": true, "kill -9 $$;": true, "$(A)$(B)": false,
	} {
		if got := losesDollar(text); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

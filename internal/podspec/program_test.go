package podspec

import (
	"errors"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

var ofSecret = &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{Key: "k"}}

// shout stands for the evaluation of expressions.
func shout(place, text string) (string, error) {
	if text == "BAD" {
		return "", errors.New(place + ": no value")
	}
	return strings.ReplaceAll(text, "${{ x }}", "X-"+place), nil
}

func TestProgram(t *testing.T) {
	literalEnv := []corev1.EnvVar{{Name: "A", Value: "${{ x }}"}, {Name: "B", ValueFrom: ofSecret}}
	for _, row := range []struct {
		name     string
		step     v1alpha1.Step
		env      []corev1.EnvVar
		evaluate Evaluate
		want     string
	}{
		{"of the image", v1alpha1.Step{}, nil, shout, `{"name":"main","resources":{}}`},
		{"command and args", v1alpha1.Step{Command: []string{"a", "${{ x }}"}, Args: []string{"-${{ x }}-"}}, literalEnv, shout,
			`{"name":"main","command":["a","X-command[1]"],"args":["-X-args[0]-"],"env":[{"name":"A","value":"X-env A"},{"name":"B","valueFrom":{"secretKeyRef":{"key":"k"}}}],"resources":{}}`},
		{"not evaluated", v1alpha1.Step{Command: []string{"${{ x }}"}}, literalEnv[:1], nil,
			`{"name":"main","command":["${{ x }}"],"env":[{"name":"A","value":"${{ x }}"}],"resources":{}}`},
		{"a script", v1alpha1.Step{Script: "echo $$ $(date) '$(HOME)' $x\n"}, nil, shout,
			`{"name":"main","command":["sh","-ec"],"args":["echo $$$$ $$(date) '$$(HOME)' $$x\n"],"resources":{}}`},
		{"a script of another shell", v1alpha1.Step{Script: "${{ x }}", Shell: []string{"$(PYTHON)", "-c"}}, literalEnv[:1], shout,
			`{"name":"main","command":["$(PYTHON)","-c"],"args":["$${{ x }}"],"env":[{"name":"A","value":"X-env A"}],"resources":{}}`},
		{"no value in command", v1alpha1.Step{Command: []string{"a", "BAD"}}, nil, shout, `command[1]: no value`},
		{"no value in args", v1alpha1.Step{Args: []string{"BAD"}}, nil, shout, `args[0]: no value`},
		{"no value in env", v1alpha1.Step{Script: "true"}, []corev1.EnvVar{{Name: "A", Value: "BAD"}}, shout, `env A: no value`},
		{"no text", v1alpha1.Step{}, []corev1.EnvVar{{Name: "A", Value: "BAD", ValueFrom: ofSecret}}, shout,
			`{"name":"main","env":[{"name":"A","value":"BAD","valueFrom":{"secretKeyRef":{"key":"k"}}}],"resources":{}}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			given := toJSON(row)
			program, err := programOf(&row.step, row.env, row.evaluate)
			got := toJSON(corev1.Container{Name: "main", Command: program.command, Args: program.args, Env: program.env})
			if err != nil {
				got = err.Error()
			}
			if got != row.want {
				t.Errorf("got  %s\nwant %s", got, row.want)
			}
			if toJSON(row) != given {
				t.Error("the step was written to")
			}
		})
	}
}

// TestEvaluatedPod: what podSettings say is never evaluated, and an error names the step.
func TestEvaluatedPod(t *testing.T) {
	s := podSettings(`{"containers":[{"name":"main","env":[{"name":"P","value":"${{ x }}"}]},{"name":"side","image":"i","command":["${{ x }}"]}]}`)
	s.Env = []corev1.EnvVar{{Name: "A", Value: "${{ x }}"}}
	p := onePipeline(s)
	pod, err := StepPod(p, "work", Attempt{Number: 1, Evaluate: shout}, Identity{Run: "r", RunUID: "u", Namespace: "ns"})
	if err != nil {
		t.Fatal(err)
	}
	main, side := pod.Spec.Containers[0], pod.Spec.Containers[1]
	values := map[string]string{}
	for _, v := range main.Env {
		values[v.Name] = v.Value
	}
	if values["A"] != "X-env A" || values["P"] != "${{ x }}" || side.Command[0] != "${{ x }}" {
		t.Errorf("main has %v, the side container %v", values, side.Command)
	}
	p.Steps[0].Args = []string{"BAD"}
	if _, err = StepPod(p, "work", Attempt{Number: 1, Evaluate: shout}, Identity{}); err == nil || err.Error() != "step work: args[0]: no value" {
		t.Errorf("got %v", err)
	}
}

// TestStepsUnderFinally are steps like others.
func TestStepsUnderFinally(t *testing.T) {
	p := onePipeline(v1alpha1.Settings{})
	p.Finally = []v1alpha1.Step{{Name: "tidy", Command: []string{"./tidy"}}}
	pod, err := StepPod(p, "tidy", Attempt{Number: 1}, Identity{Run: "r", RunUID: "u", Namespace: "ns"})
	if err != nil || pod.Labels[v1alpha1.LabelStep] != "tidy" || pod.Spec.Containers[0].Command[0] != "./tidy" {
		t.Errorf("got %v, %v", pod, err)
	}
	if _, err := StepPod(p, "other", Attempt{Number: 1}, Identity{}); err == nil || err.Error() != `pipeline p has no step "other"` {
		t.Errorf("got %v", err)
	}
}

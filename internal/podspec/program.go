package podspec

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// Evaluate returns what a text of the pipeline stands for in a Pod, with the values of its expressions, in which each $ is
// doubled: the kubelet makes $ of $$, and a variable's value of $(NAME). place is where the text stands in its step, for an error.
type Evaluate func(place, text string) (string, error)

// program is what the container `main` executes.
type program struct {
	command, args []string
	env           []corev1.EnvVar
}

// programOf returns the step's program with the values of its expressions. Variables that take their value from elsewhere, and
// what podSettings say, have none.
func programOf(step *v1alpha1.Step, env []corev1.EnvVar, evaluate Evaluate) (program, error) {
	if step.Script != "" {
		return program{command: scriptShell(step), args: []string{literal(step.Script)}}.withEnv(env, evaluate)
	}
	command, err := evaluateAll("command", step.Command, evaluate)
	if err != nil {
		return program{}, err
	}
	args, err := evaluateAll("args", step.Args, evaluate)
	if err != nil {
		return program{}, err
	}
	return program{command: command, args: args}.withEnv(env, evaluate)
}

func (p program) withEnv(env []corev1.EnvVar, evaluate Evaluate) (program, error) {
	p.env = slices.Clone(env)
	for i := range p.env {
		if evaluate == nil || p.env[i].ValueFrom != nil {
			continue
		}
		value, err := evaluate("env "+p.env[i].Name, p.env[i].Value)
		if err != nil {
			return program{}, err
		}
		p.env[i].Value = value
	}
	return p, nil
}

func evaluateAll(list string, texts []string, evaluate Evaluate) ([]string, error) {
	if evaluate == nil || len(texts) == 0 {
		return texts, nil
	}
	out := make([]string, len(texts))
	for i, text := range texts {
		value, err := evaluate(fmt.Sprintf("%s[%d]", list, i), text)
		if err != nil {
			return nil, err
		}
		out[i] = value
	}
	return out, nil
}

// scriptShell returns the command that executes a step's script: by default one that ends with the first command that fails.
func scriptShell(step *v1alpha1.Step) []string {
	if len(step.Shell) == 0 {
		return []string{"sh", "-ec"}
	}
	return step.Shell
}

// literal is a text as command or args must have it to arrive byte for byte: the kubelet makes one $ of two, and a variable's value
// of $(NAME) (k8s.io/kubernetes/third_party/forked/golang/expansion/expand.go, v1.35).
func literal(text string) string { return strings.ReplaceAll(text, "$", "$$") }

package podspec

import (
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// stepVariables tell a step's programs which attempt they are.
func stepVariables(p *v1alpha1.Pipeline, step string, attempt int, id Identity) []corev1.EnvVar {
	return []corev1.EnvVar{
		{Name: EnvRun, Value: id.Run},
		{Name: EnvRunUID, Value: id.RunUID},
		{Name: EnvPipeline, Value: p.Metadata.Name},
		{Name: EnvStep, Value: step},
		{Name: EnvAttempt, Value: strconv.Itoa(attempt)},
	}
}

// addVariables gives the variables to every container of the Pod: an uploader beside `main` needs them as much as `main`.
// They come first, so that the user's own can refer to them with $(NAME). The user's own of the same name stays and ours
// is left out. Ours win over envFrom, as every entry of env does.
func addVariables(spec *corev1.PodSpec, variables []corev1.EnvVar) {
	for _, containers := range [][]corev1.Container{spec.InitContainers, spec.Containers} {
		for i := range containers {
			c := &containers[i]
			c.Env = append(without(variables, c.Env), c.Env...)
		}
	}
}

// without returns the variables that theirs do not name.
func without(variables, theirs []corev1.EnvVar) []corev1.EnvVar {
	return slices.DeleteFunc(slices.Clone(variables), func(v corev1.EnvVar) bool {
		return slices.ContainsFunc(theirs, func(t corev1.EnvVar) bool { return t.Name == v.Name })
	})
}

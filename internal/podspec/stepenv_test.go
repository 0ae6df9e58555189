package podspec

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// TestVariablesOfEveryContainer shows where the variables of a step stand beside the user's own.
func TestVariablesOfEveryContainer(t *testing.T) {
	const ours = `{"name":"STEPHERD_RUN","value":"r"},{"name":"STEPHERD_RUN_UID","value":"u"},{"name":"STEPHERD_PIPELINE","value":"p"},` +
		`{"name":"STEPHERD_STEP","value":"work"},{"name":"STEPHERD_ATTEMPT","value":"2"}`
	const mains = ours + `,{"name":"STEPHERD_RESULTS","value":"/dev/termination-log"}`
	withEnv := v1alpha1.Settings{Env: []corev1.EnvVar{{Name: "OUT", Value: "/data/$(STEPHERD_RUN)"}}}
	own := v1alpha1.Settings{Env: []corev1.EnvVar{{Name: "A", Value: "a"}, {Name: "STEPHERD_STEP", Value: "mine"}}}
	for _, row := range []struct {
		name     string
		settings v1alpha1.Settings
		pick     func(*corev1.PodSpec) corev1.Container
		want     string
	}{
		{"without the user's", v1alpha1.Settings{}, firstContainer, `[` + mains + `]`},
		{"in front of the user's", withEnv, firstContainer, `[` + mains + `,{"name":"OUT","value":"/data/$(STEPHERD_RUN)"}]`},
		{
			"the user's of the same name wins", own, firstContainer,
			`[{"name":"STEPHERD_RUN","value":"r"},{"name":"STEPHERD_RUN_UID","value":"u"},{"name":"STEPHERD_PIPELINE","value":"p"},` +
				`{"name":"STEPHERD_ATTEMPT","value":"2"},{"name":"STEPHERD_RESULTS","value":"/dev/termination-log"},{"name":"A","value":"a"},{"name":"STEPHERD_STEP","value":"mine"}]`,
		},
		{
			"in an init container", podSettings(`{"initContainers":[{"name":"fetch","image":"i","env":[{"name":"A","value":"a"}]}]}`),
			func(s *corev1.PodSpec) corev1.Container { return s.InitContainers[0] }, `[` + ours + `,{"name":"A","value":"a"}]`,
		},
		{
			"in a side container", podSettings(`{"containers":[{"name":"upload","image":"i"}]}`),
			func(s *corev1.PodSpec) corev1.Container { return s.Containers[1] }, `[` + ours + `]`,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			pod := mustStepPod(t, row.settings)
			if got := toJSON(row.pick(&pod.Spec).Env); got != row.want {
				t.Errorf("got  %s\nwant %s", got, row.want)
			}
		})
	}
}

func firstContainer(s *corev1.PodSpec) corev1.Container { return s.Containers[0] }

func TestVariablesAreFirstInEveryGolden(t *testing.T) {
	want := []string{EnvRun, EnvRunUID, EnvPipeline, EnvStep, EnvAttempt}
	eachStepGolden(t, func(t *testing.T, _ v1alpha1.Settings, step v1alpha1.Step, pod *corev1.Pod) {
		for _, c := range slices.Concat(pod.Spec.InitContainers, pod.Spec.Containers) {
			var names []string
			for _, v := range c.Env[:min(len(want), len(c.Env))] {
				names = append(names, v.Name)
				if v.Name == EnvStep && v.Value != step.Name {
					t.Errorf("container %s: %s is %q, want %q", c.Name, EnvStep, v.Value, step.Name)
				}
			}
			if !slices.Equal(names, want) {
				t.Errorf("container %s: env begins with %q, want %q", c.Name, names, want)
			}
		}
	})
}

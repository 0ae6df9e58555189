package podspec

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// TestPodSettingsOfMain shows what stands in `main` after podSettings went over settings.
func TestPodSettingsOfMain(t *testing.T) {
	value := func(name, v string) corev1.EnvVar { return corev1.EnvVar{Name: name, Value: v} }
	field := func(name, path string) corev1.EnvVar {
		return corev1.EnvVar{Name: name, ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: path}}}
	}
	memory := resource.MustParse("1Gi")
	for _, row := range []struct {
		name     string
		settings v1alpha1.Settings
		patch    string
		pick     func(c corev1.Container) any
		want     string
	}{
		{
			"a value replaces a reference", v1alpha1.Settings{Env: []corev1.EnvVar{field("A", "spec.nodeName")}},
			`{"env":[{"name":"A","value":"b"}]}`, env, `[{"name":"A","value":"b"}]`,
		},
		{
			"a reference replaces a value", v1alpha1.Settings{Env: []corev1.EnvVar{value("A", "b")}},
			`{"env":[{"name":"A","valueFrom":{"fieldRef":{"fieldPath":"spec.nodeName"}}}]}`, env,
			`[{"name":"A","valueFrom":{"fieldRef":{"fieldPath":"spec.nodeName"}}}]`,
		},
		{
			"envFrom is appended", v1alpha1.Settings{EnvFrom: []corev1.EnvFromSource{{Prefix: "A"}, {Prefix: "B"}}},
			`{"envFrom":[{"prefix":"B"},{"prefix":"C"}]}`, func(c corev1.Container) any { return c.EnvFrom },
			`[{"prefix":"A"},{"prefix":"B"},{"prefix":"C"}]`,
		},
		{
			"resources by key", v1alpha1.Settings{Resources: &v1alpha1.Resources{CPU: &memory, Memory: &memory}},
			`{"resources":{"limits":{"memory":"2Gi"}}}`, func(c corev1.Container) any { return c.Resources },
			`{"limits":{"memory":"2Gi"},"requests":{"cpu":"1Gi","memory":"1Gi"}}`,
		},
		{
			"the name of main is not needed twice", v1alpha1.Settings{WorkingDir: "/a"},
			`{"workingDir":"/b"}`, func(c corev1.Container) any { return c.WorkingDir }, `"/b"`,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.settings.PodSettings = v1alpha1.PodSettings(`{"containers":[{"name":"main",` + row.patch[1:] + `]}`)
			if got := toJSON(row.pick(mustStepPod(t, row.settings).Spec.Containers[0])); got != row.want {
				t.Errorf("got %s, want %s", got, row.want)
			}
		})
	}
}

// env is without the variables of TestVariablesOfEveryContainer.
func env(c corev1.Container) any { return c.Env[6:] }

func TestTolerationsAreAppended(t *testing.T) {
	gpu := corev1.Toleration{Key: "nvidia.com/gpu", Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoSchedule}
	other := corev1.Toleration{Key: "pool", Operator: corev1.TolerationOpEqual}
	notReady, unreachable := tolerateLostNode("node.kubernetes.io/not-ready", 60), tolerateLostNode("node.kubernetes.io/unreachable", 60)
	for _, row := range []struct{ name, settings, want string }{
		{"none of the user's", ``, toJSON([]corev1.Toleration{gpu, notReady, unreachable})},
		{"another of the user's", `{"tolerations":` + toJSON([]corev1.Toleration{other}) + `}`, toJSON([]corev1.Toleration{other, gpu, notReady, unreachable})},
		{"the same of the user's", `{"tolerations":` + toJSON([]corev1.Toleration{gpu}) + `}`, toJSON([]corev1.Toleration{gpu, notReady, unreachable})},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := podSettings(row.settings)
			s.Resources = &v1alpha1.Resources{GPU: &v1alpha1.GPU{Count: 1}}
			if got := toJSON(mustStepPod(t, s).Spec.Tolerations); got != row.want {
				t.Errorf("got %s, want %s", got, row.want)
			}
		})
	}
}

func TestSharedMemory(t *testing.T) {
	const ours = `[{"name":"dev-shm","emptyDir":{"medium":"Memory"}}]`
	for _, row := range []struct {
		name     string
		count    int64
		settings string
		volumes  string
		mounts   string
	}{
		{"with a GPU", 1, ``, ours, `[{"name":"dev-shm","mountPath":"/dev/shm"}]`},
		{"without one", 0, ``, `null`, `null`},
		{
			"mounted by the user", 1,
			`{"volumes":[{"name":"a","emptyDir":{}}],"containers":[{"name":"main","volumeMounts":[{"name":"a","mountPath":"/dev/shm/"}]}]}`,
			`[{"name":"a","emptyDir":{}}]`, `[{"name":"a","mountPath":"/dev/shm/"}]`,
		},
		{
			"sized by the user", 1, `{"volumes":[{"name":"dev-shm","emptyDir":{"medium":"Memory","sizeLimit":"2Gi"}}]}`,
			`[{"name":"dev-shm","emptyDir":{"medium":"Memory","sizeLimit":"2Gi"}}]`, `[{"name":"dev-shm","mountPath":"/dev/shm"}]`,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := podSettings(row.settings)
			s.Resources = &v1alpha1.Resources{GPU: &v1alpha1.GPU{Count: row.count}}
			spec := mustStepPod(t, s).Spec
			if got := toJSON(spec.Volumes); got != row.volumes {
				t.Errorf("volumes: got %s, want %s", got, row.volumes)
			}
			if got := toJSON(spec.Containers[0].VolumeMounts); got != row.mounts {
				t.Errorf("mounts: got %s, want %s", got, row.mounts)
			}
		})
	}
}

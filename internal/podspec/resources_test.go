package podspec

import (
	"math/rand/v2"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/resource"
	"sigs.k8s.io/yaml"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// TestMemoryGrows shows main's resources after so many OOMKilled attempts.
func TestMemoryGrows(t *testing.T) {
	const main = `podSettings: {containers: [{name: main, resources: `
	for _, row := range []struct {
		name     string
		settings string
		ooms     int
		want     string
	}{
		{"not yet", `{resources: {memory: 1Gi}, retry: {onOOM: {}}}`, 0, `{"limits":{"memory":"1Gi"},"requests":{"memory":"1Gi"}}`},
		{"once, by default", `{resources: {memory: 1Gi, cpu: 1}, retry: {onOOM: {}}}`, 1, `{"limits":{"memory":"2Gi"},"requests":{"cpu":"1","memory":"2Gi"}}`},
		{"three times", `{resources: {memory: 1Gi}, retry: {onOOM: {}}}`, 3, `{"limits":{"memory":"8Gi"},"requests":{"memory":"8Gi"}}`},
		{"to the default maximum", `{resources: {memory: 40Gi}, retry: {onOOM: {}}}`, 1, `{"limits":{"memory":"64Gi"},"requests":{"memory":"64Gi"}}`},
		{"to its own maximum", `{resources: {memory: 1Gi}, retry: {onOOM: {max: 3G}}}`, 100, `{"limits":{"memory":"3G"},"requests":{"memory":"3G"}}`},
		{"by its own factor, to whole mebibytes", `{resources: {memory: 100M}, retry: {onOOM: {memoryFactor: 1.5}}}`, 2, `{"limits":{"memory":"215Mi"},"requests":{"memory":"215Mi"}}`},
		{"without onOOM", `{resources: {memory: 1Gi}, retry: {limit: 3}}`, 3, `{"limits":{"memory":"1Gi"},"requests":{"memory":"1Gi"}}`},
		{"without retry", `{resources: {memory: 1Gi}}`, 3, `{"limits":{"memory":"1Gi"},"requests":{"memory":"1Gi"}}`},
		{"without a limit", `{resources: {requests: {memory: 1Gi}}, retry: {onOOM: {}}}`, 1, `{"requests":{"memory":"1Gi"}}`},
		{"without resources", `{retry: {onOOM: {}}}`, 1, `{}`},
		{"a maximum below the limit", `{resources: {memory: 4Gi}, retry: {onOOM: {max: 2Gi}}}`, 1, `{"limits":{"memory":"4Gi"},"requests":{"memory":"4Gi"}}`},
		{"corev1's limit alone", `{resources: {limits: {memory: 1Gi}}, retry: {onOOM: {}}}`, 1, `{"limits":{"memory":"2Gi"},"requests":{"memory":"2Gi"}}`},
		{"a request below the limit", `{resources: {requests: {memory: 1Gi}, limits: {memory: 4Gi}}, retry: {onOOM: {}}}`, 1, `{"limits":{"memory":"8Gi"},"requests":{"memory":"8Gi"}}`},
		{"corev1's limit over the short form", `{resources: {memory: 1Gi, limits: {memory: 4Gi}}, retry: {onOOM: {}}}`, 1, `{"limits":{"memory":"8Gi"},"requests":{"memory":"8Gi"}}`},
		{"podSettings alone", `{retry: {onOOM: {}}, ` + main + `{limits: {memory: 1Gi}}}]}}`, 1, `{"limits":{"memory":"2Gi"},"requests":{"memory":"2Gi"}}`},
		{"podSettings over resources", `{resources: {memory: 1Gi}, retry: {onOOM: {}}, ` + main + `{limits: {memory: 4Gi}}}]}}`, 1, `{"limits":{"memory":"8Gi"},"requests":{"memory":"8Gi"}}`},
		{"a request in podSettings", `{resources: {memory: 4Gi}, retry: {onOOM: {}}, ` + main + `{requests: {memory: 1Gi}}}]}}`, 1, `{"limits":{"memory":"8Gi"},"requests":{"memory":"8Gi"}}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			pod := mustStepPodAfter(t, row.settings, row.ooms)
			if got := toJSON(pod.Spec.Containers[0].Resources); got != row.want {
				t.Errorf("got %s, want %s", got, row.want)
			}
		})
	}
}

// TestOnlyMemoryGrows: side containers, name, labels and everything else are the same whatever happened before.
func TestOnlyMemoryGrows(t *testing.T) {
	const settings = `{resources: {memory: 1Gi, gpu: 1}, retry: {onOOM: {}}, podSettings: {containers: [{name: side, image: i, resources: {limits: {memory: 1Gi}}}]}}`
	want, got := mustStepPodAfter(t, settings, 0), mustStepPodAfter(t, settings, 2)
	if equality.Semantic.DeepEqual(got, want) {
		t.Fatal("nothing grew")
	}
	for _, list := range []corev1.ResourceList{got.Spec.Containers[0].Resources.Limits, got.Spec.Containers[0].Resources.Requests} {
		list[corev1.ResourceMemory] = resource.MustParse("1Gi")
	}
	if !equality.Semantic.DeepEqual(got, want) {
		t.Error(firstDifference(toYAML(t, got), toYAML(t, want)))
	}
}

func mustStepPodAfter(t *testing.T, settings string, ooms int) *corev1.Pod {
	t.Helper()
	var s v1alpha1.Settings
	if err := yaml.UnmarshalStrict([]byte(settings), &s); err != nil {
		t.Fatal(err)
	}
	pod, err := StepPod(onePipeline(s), "work", Attempt{Number: ooms + 1, OOMs: ooms}, Identity{Run: "r", RunUID: "u", Namespace: "ns"})
	if err != nil {
		t.Fatal(err)
	}
	pod.Name = ""
	pod.Labels[v1alpha1.LabelAttempt] = ""
	for _, c := range pod.Spec.Containers {
		c.Env[4].Value = "" // EnvAttempt
	}
	return pod
}

// TestGrowth: memory grows with every OOM kill until it stands at the maximum, and is never above it.
func TestGrowth(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		memory := resource.NewQuantity(1+random.Int64N(1<<random.IntN(50)), resource.BinarySI)
		most := resource.NewQuantity(memory.Value()+1+random.Int64N(1<<random.IntN(50)), resource.DecimalSI)
		factor := 1.0001 + random.Float64()*15
		before := *memory
		for times := 1; times <= 100; times++ {
			grown := grow(*memory, factor, times, *most)
			if grown.Cmp(*most) > 0 || grown.Cmp(before) < 0 {
				t.Fatalf("%s times %v, %d times, at most %s: got %s after %s", memory, factor, times, most, &grown, &before)
			}
			before = grown
		}
		if factor > 1.5 && before.Cmp(*most) != 0 {
			t.Fatalf("%s times %v up to %s: stays at %s", memory, factor, most, &before)
		}
	}
}

package podspec

import (
	"maps"
	"testing"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

func TestDisruptible(t *testing.T) {
	const evict, disrupt = "cluster-autoscaler.kubernetes.io/safe-to-evict", "karpenter.sh/do-not-disrupt"
	yes, no := true, false
	ours := map[string]string{evict: "false", disrupt: "true"}
	users := map[string]string{evict: "true"}
	for _, row := range []struct {
		name           string
		pipeline, step *bool
		annotations    map[string]string
		want           map[string]string
	}{
		{"unsaid", nil, nil, nil, ours},
		{"true for all steps", &yes, nil, nil, nil},
		{"true for the step", nil, &yes, nil, nil},
		{"the step's false wins over the pipeline's true", &yes, &no, nil, ours},
		{"the step's true wins over the pipeline's false", &no, &yes, nil, nil},
		{"the user's annotation wins", nil, nil, users, map[string]string{evict: "true", disrupt: "true"}},
		{"the user's annotation alone", &yes, nil, users, users},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := onePipeline(v1alpha1.Settings{Disruptible: row.step, Annotations: row.annotations})
			p.Settings.Disruptible = row.pipeline
			pod, err := StepPod(p, "work", Attempt{Number: 1}, Identity{Run: "r", RunUID: "u"})
			if err != nil {
				t.Fatal(err)
			}
			if !maps.Equal(pod.Annotations, row.want) {
				t.Errorf("got %v, want %v", pod.Annotations, row.want)
			}
		})
	}
}

package podspec

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/stepherd/stepherd/internal/api/pipelinefile"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

func addPipelines(f *testing.F) {
	f.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "*", "pipeline.yaml"))
	if err != nil || len(files) == 0 {
		f.Fatalf("found %d pipelines (%v), want some", len(files), err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
}

// FuzzPipeline: what Decode accepts never makes a panic here; its plan comes back the same; each Pod keeps the contract or
// there is an error.
func FuzzPipeline(f *testing.F) {
	addPipelines(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := pipelinefile.Decode("fuzz", data)
		if err != nil {
			return
		}
		checkRoundTrip(t, p)
		for _, step := range p.Steps {
			pod, err := StepPod(p, step.Name, Attempt{Number: 1}, goldenIdentity(p))
			if err != nil {
				t.Fatalf("step %q of a valid pipeline: %v", step.Name, err)
			}
			Exclusive(pod)
			checkContract(t, pod)
			checkGrowth(t, p, step.Name)
		}
		if _, err := DriverJob(p, goldenJobOptions(p)); err != nil {
			t.Fatalf("driver of a valid pipeline: %v", err)
		}
	})
}

// checkGrowth: memory never becomes less with one more OOMKilled attempt, and nothing but memory changes.
func checkGrowth(t *testing.T, p *v1alpha1.Pipeline, step string) {
	t.Helper()
	var before corev1.ResourceList
	for ooms := range 4 {
		pod, err := StepPod(p, step, Attempt{Number: 1, OOMs: ooms}, goldenIdentity(p))
		if err != nil {
			t.Fatal(err)
		}
		limits := pod.Spec.Containers[0].Resources.Limits
		for name, was := range before {
			is := limits[name]
			if c := is.Cmp(was); c < 0 || c > 0 && name != corev1.ResourceMemory {
				t.Errorf("step %s: %s was %s and is %s after %d OOM kills", step, name, &was, &is, ooms)
			}
		}
		before = limits
	}
}

func checkContract(t *testing.T, pod *corev1.Pod) {
	t.Helper()
	if problems := validation.IsDNS1123Label(pod.Name); len(problems) > 0 {
		t.Errorf("name %q: %v", pod.Name, problems)
	}
	if pod.Spec.RestartPolicy != corev1.RestartPolicyNever || len(pod.OwnerReferences) != 1 || pod.Labels[v1alpha1.LabelRunUID] == "" {
		t.Errorf("got %s", toJSON(pod))
	}
	if main := pod.Spec.Containers[0]; main.Name != v1alpha1.MainContainer || main.RestartPolicy != nil {
		t.Errorf("main: got %s", toJSON(main))
	}
	for key, value := range pod.Labels {
		if problems := append(validation.IsQualifiedName(key), validation.IsValidLabelValue(value)...); len(problems) > 0 {
			t.Errorf("label %s=%s: %v", key, value, problems)
		}
	}
}

// FuzzDecodePlan feeds bytes that the driver finds in its file.
func FuzzDecodePlan(f *testing.F) {
	packed, err := EncodePlan(manySteps(1000))
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(packed))
	f.Add([]byte(packed[:100]))
	f.Add([]byte("H4sI"))
	addPipelines(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := DecodePlan(data)
		if (p == nil) == (err == nil) {
			t.Errorf("got pipeline %v and error %v", p, err)
		}
		if err != nil && strings.TrimSpace(err.Error()) == "" {
			t.Error("an error without a word")
		}
	})
}

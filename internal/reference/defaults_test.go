package reference

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/pipelinefile"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/podspec"
)

// TestDefaultsAreTrue: to write a default that a comment states is the same as to leave the key out, and to write another value is not,
// so that what is compared shows the key.
func TestDefaultsAreTrue(t *testing.T) {
	tried := 0
	for _, p := range places(t) {
		if p.field.Default == "" || p.String() == "parameters[].type" { // whose values have its type; that of results is the same
			continue
		}
		tried++
		value := parse(t, "v: "+p.field.Default)["v"]
		written, absent := pipelineWith(t, p, value), pipelineWith(t, p, nil)
		if got, want := effects(t, written), effects(t, absent); got != want {
			t.Errorf("%s: %v is not the default: with it\n%s\nwithout it\n%s", p, value, got, want)
		}
		another := pipelineWith(t, p, other(t, p, value))
		if effects(t, another) == effects(t, absent) {
			t.Errorf("%s: nothing that is compared depends on it", p)
		}
	}
	if tried < 20 {
		t.Errorf("tried %d defaults, want all of them", tried)
	}
}

// other is a valid value that is not the default.
func other(t *testing.T, p place, value any) any {
	t.Helper()
	for _, w := range load(t).words(p.field) {
		if w.Word != value {
			return w.Word
		}
	}
	switch v := value.(type) {
	case bool:
		return !v
	case int:
		return v + 1
	case float64:
		return v / 2
	case string:
		return cmp.Or(p.field.Example, map[string]string{"Duration": "7m", "Quantity": "3Gi", "string": "other"}[p.field.Type])
	case []any:
		return []any{"bash"}
	}
	return map[string]any{"cpu": "1"}
}

// effects is what a run does by a file, as text: its Job but the plan, the Pod of the first step, and what the driver follows.
func effects(t *testing.T, file map[string]any) string {
	t.Helper()
	text, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	p, err := pipelinefile.Decode("p.json", text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	job, err := podspec.DriverJob(p, podspec.JobOptions{Run: "x-1", DefaultDriverImage: "driver:1"})
	if err != nil {
		t.Fatal(err)
	}
	delete(job.Spec.Template.Annotations, v1alpha1.AnnotationPlan)
	driver := &job.Spec.Template.Spec.Containers[0]
	driver.Env = slices.DeleteFunc(driver.Env, func(e corev1.EnvVar) bool { return e.Name == podspec.EnvLogLevel })
	step := &p.Steps[0]
	pod, err := podspec.StepPod(p, step.Name, podspec.Attempt{Number: 1}, podspec.Identity{Run: "x-1", RunUID: "uid"})
	if err != nil {
		t.Fatal(err)
	}
	policy := v1alpha1.EffectivePolicy(p, step)
	policy.AsksRetries = false // that the file asks for its default is told, but changes nothing
	factor, most := v1alpha1.MergeRetry(p.Settings.Retry, step.Settings.Retry).MemoryGrowth()
	limit, _ := p.FinallyLimit()
	var types []v1alpha1.ValueType
	for i := range step.Results {
		types = append(types, step.Results[i].Type.OrString())
	}
	level := cmp.Or(p.Driver.LogLevel, v1alpha1.LogInfo) // the driver takes an absent variable for info
	out, err := json.Marshal([]any{job, pod, p.FailurePolicy, p.Parallelism, p.Lifetime(), p.Keeps(), limit, p.Driver.EndPod, level, types, factor, most.String()})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s %+v", out, policy)
}

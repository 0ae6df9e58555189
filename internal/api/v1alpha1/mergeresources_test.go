package v1alpha1

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// TestResourcesAcrossLevels is the table of docs/SETTINGS.md: every form of the pipeline under every form of the step, and
// what the container asks for in the end.
func TestResourcesAcrossLevels(t *testing.T) {
	for _, row := range []struct{ name, pipeline, step, want string }{
		{"cpu: short over short", `{cpu: 1}`, `{cpu: 2}`, `{requests: {cpu: 2}}`},
		{"cpu: short over long", `{requests: {cpu: 1}, limits: {cpu: 1}}`, `{cpu: 2}`, `{requests: {cpu: 2}}`},
		{"cpu: a request over short", `{cpu: 1}`, `{requests: {cpu: 2}}`, `{requests: {cpu: 2}}`},
		{"cpu: a limit over short", `{cpu: 4}`, `{limits: {cpu: 2}}`, `{limits: {cpu: 2}}`},
		{"cpu: both over short", `{cpu: 1}`, `{requests: {cpu: 2}, limits: {cpu: 3}}`, `{requests: {cpu: 2}, limits: {cpu: 3}}`},
		{"cpu: a limit over long", `{requests: {cpu: 1}, limits: {cpu: 2}}`, `{limits: {cpu: 4}}`, `{requests: {cpu: 1}, limits: {cpu: 4}}`},

		{"memory: short over short", `{memory: 1Gi}`, `{memory: 4Gi}`, `{requests: {memory: 4Gi}, limits: {memory: 4Gi}}`},
		{"memory: short over long", `{requests: {memory: 1Gi}, limits: {memory: 2Gi}}`, `{memory: 4Gi}`, `{requests: {memory: 4Gi}, limits: {memory: 4Gi}}`},
		{"memory: a request over short", `{memory: 1Gi}`, `{requests: {memory: 4Gi}}`, `{requests: {memory: 4Gi}}`},
		{"memory: a limit over short", `{memory: 4Gi}`, `{limits: {memory: 1Gi}}`, `{limits: {memory: 1Gi}}`},
		{"memory: both over short", `{memory: 1Gi}`, `{requests: {memory: 2Gi}, limits: {memory: 4Gi}}`, `{requests: {memory: 2Gi}, limits: {memory: 4Gi}}`},
		{"memory: a request over long", `{requests: {memory: 1Gi}, limits: {memory: 4Gi}}`, `{requests: {memory: 2Gi}}`, `{requests: {memory: 2Gi}, limits: {memory: 4Gi}}`},

		{"gpu: short over short", `{gpu: 1}`, `{gpu: 4}`, `{requests: {nvidia.com/gpu: 4}, limits: {nvidia.com/gpu: 4}}`},
		{"gpu: short over long", `{limits: {nvidia.com/gpu: 1}}`, `{gpu: 4}`, `{requests: {nvidia.com/gpu: 4}, limits: {nvidia.com/gpu: 4}}`},
		{"gpu: a limit over short", `{gpu: 1}`, `{limits: {nvidia.com/gpu: 4}}`, `{requests: {nvidia.com/gpu: 4}, limits: {nvidia.com/gpu: 4}}`},
		{"gpu: both over short", `{gpu: 1}`, `{requests: {nvidia.com/gpu: 4}, limits: {nvidia.com/gpu: 4}}`, `{requests: {nvidia.com/gpu: 4}, limits: {nvidia.com/gpu: 4}}`},
		{"gpu: none in the long form", `{gpu: 1}`, `{limits: {nvidia.com/gpu: 0}}`, `{limits: {nvidia.com/gpu: 0}}`},
		{"gpu: none in the short form over long", `{limits: {nvidia.com/gpu: 1}}`, `{gpu: 0}`, `{}`},
		{"gpu: another vendor's over short", `{gpu: 1}`, `{gpu: {count: 2, resource: amd.com/gpu}}`, `{requests: {amd.com/gpu: 2}, limits: {amd.com/gpu: 2}}`},
		{"gpu: another vendor's in both forms", `{gpu: {count: 1, resource: amd.com/gpu}}`, `{limits: {amd.com/gpu: 2}}`, `{requests: {amd.com/gpu: 2}, limits: {amd.com/gpu: 2}}`},

		{"storage has the long form alone", `{requests: {ephemeral-storage: 1Gi}}`, `{limits: {ephemeral-storage: 2Gi}}`, `{requests: {ephemeral-storage: 1Gi}, limits: {ephemeral-storage: 2Gi}}`},
		{"other resources stay", `{cpu: 1, memory: 1Gi, gpu: 1}`, `{requests: {memory: 4Gi}}`, `{requests: {cpu: 1, memory: 4Gi, nvidia.com/gpu: 1}, limits: {nvidia.com/gpu: 1}}`},
		{"nothing over short", `{memory: 1Gi}`, `{}`, `{requests: {memory: 1Gi}, limits: {memory: 1Gi}}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			pipeline, step := parse[Resources](t, row.pipeline), parse[Resources](t, row.step)
			before := asJSON(t, pipeline) + asJSON(t, step)
			got := MergeResources(&pipeline, &step)
			if got, want := asJSON(t, got.Requirements()), asJSON(t, parse[corev1.ResourceRequirements](t, row.want)); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			if asJSON(t, pipeline)+asJSON(t, step) != before {
				t.Error("the merge wrote to what it was given")
			}
		})
	}
}

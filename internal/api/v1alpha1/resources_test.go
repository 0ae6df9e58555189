package v1alpha1

import (
	"encoding/json"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

func TestGPUAsJSON(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{`1`, `1`}, {`0`, `0`}, {`{"count":2}`, `2`}, {`{"count":2,"resource":"nvidia.com/gpu"}`, `2`}, {`{"count":2,"resource":"amd.com/gpu"}`, `{"count":2,"resource":"amd.com/gpu"}`},
	} {
		var g GPU
		if err := json.Unmarshal([]byte(tt.in), &g); err != nil {
			t.Errorf("%s: %v", tt.in, err)
		}
		if got := asJSON(t, g); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.in, got, tt.want)
		}
	}
	for _, in := range []string{`1.5`, `"1"`, `[1]`, `true`, `{"count":1,"Resource":"x"}`, `{"count":1,"count":2}`, `{"count":"1"}`, `99999999999999999999`} {
		if err := json.Unmarshal([]byte(in), new(GPU)); err == nil {
			t.Errorf("%s was taken", in)
		}
	}
}

func TestRequirements(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"none", `{}`, `{}`},
		{"short", `{cpu: 0.5, memory: 1Gi, gpu: 2}`, `{requests: {cpu: 500m, memory: 1Gi, nvidia.com/gpu: 2}, limits: {memory: 1Gi, nvidia.com/gpu: 2}}`},
		{"no gpu", `{gpu: 0}`, `{}`},
		{"another gpu", `{gpu: {count: 1, resource: amd.com/gpu}}`, `{requests: {amd.com/gpu: 1}, limits: {amd.com/gpu: 1}}`},
		{"the long form wins", `{cpu: 1, memory: 1Gi, requests: {memory: 512Mi, x.y/z: 1}, limits: {cpu: 2, x.y/z: 1}}`,
			`{requests: {cpu: 1, memory: 512Mi, x.y/z: 1}, limits: {cpu: 2, memory: 1Gi, x.y/z: 1}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := parse[Resources](t, tt.in)
			got := r.Requirements()
			if got, want := asJSON(t, got), asJSON(t, parse[corev1.ResourceRequirements](t, tt.want)); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			if got.Requests != nil { // it is the caller's to change
				got.Requests["cpu"] = resource.MustParse("9")
			}
			if asJSON(t, r) != asJSON(t, parse[Resources](t, tt.in)) {
				t.Error("the result is shared with its source")
			}
		})
	}
	if got := (*Resources)(nil).Requirements(); got.Requests != nil || got.Limits != nil {
		t.Errorf("nil: %+v", got)
	}
}

func TestSetDefaults(t *testing.T) {
	p := &Pipeline{Settings: parse[Settings](t, `resources: {gpu: 1}`), Steps: []Step{{Settings: Settings{Resources: &Resources{GPU: &GPU{Count: 1, Resource: "amd.com/gpu"}}}}, {}}}
	SetDefaults(p)
	if p.FailurePolicy != StopOnFailure || p.Settings.Resources.GPU.Resource != DefaultGPUResource || p.Steps[0].Settings.Resources.GPU.Resource != "amd.com/gpu" {
		t.Errorf("got %s", asJSON(t, p))
	}
	if p.Steps[1].Settings.Security != "" {
		t.Error("security is filled by Effective, so that plans stay small")
	}
	before := asJSON(t, p)
	if SetDefaults(p); asJSON(t, p) != before {
		t.Error("not idempotent")
	}
	SetDefaults(&Pipeline{}) // total
}

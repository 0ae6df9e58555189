package admission_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/stepherd/stepherd/internal/launch/admission"
)

// TestProbe asks for more than the quota has in all, of the resource in question alone.
func TestProbe(t *testing.T) {
	for _, tt := range []struct {
		resource corev1.ResourceName
		want     string
	}{
		{"cpu", "cpu=1100m memory=128Mi limits.memory=128Mi"},
		{"requests.cpu", "cpu=1100m memory=128Mi limits.memory=128Mi"},
		{"limits.cpu", "cpu=1100m memory=128Mi limits.cpu=1 limits.memory=128Mi"},
		{"memory", "cpu=100m memory=134217729 limits.memory=134217729"},
		{"pods", ""},
		{"requests.nvidia.com/gpu", ""},
	} {
		driver := parse[corev1.Pod](t, driverPod)
		probe, ok := admission.Probe(&driver, admission.Excess{Quota: "q", Resource: tt.resource, Hard: resource.MustParse("1")})
		if !ok {
			if tt.want != "" {
				t.Errorf("%s: no probe", tt.resource)
			}
			continue
		}
		if got := list(admission.Usage(probe), "cpu", "memory", "limits.cpu", "limits.memory"); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.resource, got, tt.want)
		}
		if got := list(admission.Usage(&driver), "cpu", "limits.memory"); got != "cpu=100m limits.memory=128Mi" {
			t.Errorf("the driver has changed: %s", got)
		}
	}
}

func TestExcessRefuses(t *testing.T) {
	e := admission.Excess{Quota: "q", Resource: "limits.cpu"}
	for message, want := range map[string]bool{
		"exceeded quota: q, requested: limits.cpu=2, used: limits.cpu=0, limited: limits.cpu=1": true,
		"exceeded quota: p, requested: limits.cpu=2, used: limits.cpu=0, limited: limits.cpu=1": false,
		"exceeded quota: q, requested: cpu=2, used: cpu=0, limited: cpu=1":                      false,
		"no": false,
	} {
		if got := e.Refuses(message); got != want {
			t.Errorf("%s: %v", message, got)
		}
	}
}

package admission_test

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/stepherd/stepherd/internal/launch/admission"
)

func parse[T any](t *testing.T, text string) T {
	t.Helper()
	var out T
	if err := yaml.UnmarshalStrict([]byte(text), &out); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return out
}

func list(l corev1.ResourceList, names ...corev1.ResourceName) string {
	var parts []string
	for _, n := range names {
		if q, ok := l[n]; ok {
			parts = append(parts, fmt.Sprintf("%s=%s", n, q.String()))
		}
	}
	return strings.Join(parts, " ")
}

// TestUsage: a Pod counts as the API server counts it.
func TestUsage(t *testing.T) {
	for _, tt := range []struct{ name, pod, want string }{
		{"nothing asked for", `{spec: {containers: [{name: a}]}}`, "pods=1 count/pods=1"},
		{"two containers", `{spec: {containers: [{name: a, resources: {requests: {cpu: 100m, memory: 1Gi}}}, {name: b, resources: {requests: {cpu: 1}, limits: {cpu: 2}}}]}}`,
			"pods=1 count/pods=1 cpu=1100m requests.cpu=1100m limits.cpu=2 memory=1Gi requests.memory=1Gi"},
		{"a limit is the request, too", `{spec: {containers: [{name: a, resources: {limits: {memory: 1Gi}}}]}}`,
			"pods=1 count/pods=1 memory=1Gi requests.memory=1Gi limits.memory=1Gi"},
		{"an init container that asks for more", `{spec: {containers: [{name: a, resources: {requests: {cpu: 1}}}], initContainers: [{name: b, resources: {requests: {cpu: 3}}}]}}`,
			"pods=1 count/pods=1 cpu=3 requests.cpu=3"},
		{"a sidecar is there with both", `{spec: {containers: [{name: a, resources: {requests: {cpu: 1}}}], initContainers: [{name: s, restartPolicy: Always, resources: {requests: {cpu: 1}}}, {name: b, resources: {requests: {cpu: 3}}}]}}`,
			"pods=1 count/pods=1 cpu=4 requests.cpu=4"},
		{"said for the Pod, and overhead", `{spec: {resources: {requests: {cpu: 5}}, overhead: {cpu: 1}, containers: [{name: a, resources: {requests: {cpu: 1}}}]}}`,
			"pods=1 count/pods=1 cpu=6 requests.cpu=6"},
		{"a device", `{spec: {containers: [{name: a, resources: {limits: {nvidia.com/gpu: 2}}}]}}`, "pods=1 count/pods=1 requests.nvidia.com/gpu=2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			pod := parse[corev1.Pod](t, tt.pod)
			got := list(admission.Usage(&pod), "pods", "count/pods", "cpu", "requests.cpu", "limits.cpu", "memory", "requests.memory", "limits.memory", "requests.nvidia.com/gpu", "nvidia.com/gpu")
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

const (
	driverPod = `{spec: {containers: [{name: driver, resources: {requests: {cpu: 100m, memory: 128Mi}, limits: {memory: 128Mi}}}]}}`
	stepPod   = `{spec: {activeDeadlineSeconds: 960, priorityClassName: low, containers: [{name: main, resources: {requests: {cpu: 1, memory: 1Gi, nvidia.com/gpu: 2}, limits: {memory: 1Gi, nvidia.com/gpu: 2}}}]}}`
)

// TestNeverFits: only what can never be is found, with the scopes of the quotas.
func TestNeverFits(t *testing.T) {
	for _, tt := range []struct{ name, quotas, want string }{
		{"no quotas", `[]`, ""},
		{"room for both", `[{metadata: {name: q}, spec: {hard: {cpu: 2, memory: 2Gi, pods: 2}}}]`, ""},
		{"used up now", `[{metadata: {name: q}, spec: {hard: {cpu: 2}}, status: {used: {cpu: 2}}}]`, ""},
		{"room for the step alone", `[{metadata: {name: q}, spec: {hard: {memory: 1Gi}}}]`, "q memory 1Gi beside 128Mi of 1Gi"},
		{"just room for both", `[{metadata: {name: q}, spec: {hard: {memory: 1152Mi}}}]`, ""},
		{"no room for the step", `[{metadata: {name: q}, spec: {hard: {limits.memory: 512Mi}}}]`, "q limits.memory 1Gi beside 0 of 512Mi"},
		{"the same amount twice is told once", `[{metadata: {name: q}, spec: {hard: {cpu: 500m, requests.cpu: 500m}}}]`, "q cpu 1 beside 0 of 500m"},
		{"one Pod at a time", `[{metadata: {name: q}, spec: {hard: {pods: 1}}}]`, "q pods 1 beside 1 of 1"},
		{"no Pods", `[{metadata: {name: q}, spec: {hard: {pods: 0}}}]`, "q pods 1 beside 0 of 0"},
		{"devices", `[{metadata: {name: q}, spec: {hard: {requests.nvidia.com/gpu: 1}}}]`, "q requests.nvidia.com/gpu 2 beside 0 of 1"},
		{"two quotas", `[{metadata: {name: q}, spec: {hard: {cpu: 500m}}}, {metadata: {name: p}, spec: {hard: {memory: 1Mi}}}]`, "q cpu 1 beside 0 of 500m; p memory 1Gi beside 0 of 1Mi"},
		{"a scope of the driver alone", `[{metadata: {name: q}, spec: {scopes: [NotTerminating], hard: {pods: 0}}}]`, ""},
		{"a scope of the step alone", `[{metadata: {name: q}, spec: {scopes: [Terminating], hard: {pods: 1, memory: 1Gi}}}]`, ""},
		{"a scope of the step alone, too small", `[{metadata: {name: q}, spec: {scopes: [Terminating], hard: {memory: 1Mi}}}]`, "q memory 1Gi beside 0 of 1Mi"},
		{"best effort", `[{metadata: {name: q}, spec: {scopes: [BestEffort], hard: {pods: 0}}}]`, ""},
		{"not best effort", `[{metadata: {name: q}, spec: {scopes: [NotBestEffort], hard: {pods: 1}}}]`, "q pods 1 beside 1 of 1"},
		{"another priority", `[{metadata: {name: q}, spec: {scopeSelector: {matchExpressions: [{scopeName: PriorityClass, operator: In, values: [high]}]}, hard: {pods: 0}}}]`, ""},
		{"its priority, which the driver has not", `[{metadata: {name: q}, spec: {scopeSelector: {matchExpressions: [{scopeName: PriorityClass, operator: In, values: [low]}]}, hard: {pods: 1, cpu: 1}}}]`, ""},
		{"not that priority", `[{metadata: {name: q}, spec: {scopeSelector: {matchExpressions: [{scopeName: PriorityClass, operator: NotIn, values: [high]}]}, hard: {pods: 1}}}]`, "q pods 1 beside 1 of 1"},
		{"a scope that is not known", `[{metadata: {name: q}, spec: {scopes: [Later], hard: {pods: 0}}}]`, ""},
		{"other things", `[{metadata: {name: q}, spec: {hard: {secrets: 0, count/jobs.batch: 0, services: 0}}}]`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			driver, step := parse[corev1.Pod](t, driverPod), parse[corev1.Pod](t, stepPod)
			if got := excesses(admission.NeverFits(parse[[]corev1.ResourceQuota](t, tt.quotas), &step, &driver)); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func excesses(all []admission.Excess) string {
	var parts []string
	for _, e := range all {
		parts = append(parts, fmt.Sprintf("%s %s %s beside %s of %s", e.Quota, e.Resource, e.Asked.String(), e.Beside.String(), e.Hard.String()))
	}
	return strings.Join(parts, "; ")
}

// TestNeverSaid: a refusal shows what is above the limit, not what is in use.
func TestNeverSaid(t *testing.T) {
	for _, tt := range []struct{ name, message, want string }{
		{"never", `pods "x" is forbidden: exceeded quota: q, requested: limits.memory=8Gi, used: limits.memory=0, limited: limits.memory=4Gi`, "q limits.memory 8Gi beside 0 of 4Gi"},
		{"not now", `exceeded quota: q, requested: pods=1, used: pods=4, limited: pods=4`, ""},
		{"one of two", `exceeded quota: q, requested: cpu=1,memory=8Gi, used: cpu=4,memory=0, limited: cpu=4,memory=4Gi`, "q memory 8Gi beside 0 of 4Gi"},
		{"in other units", `exceeded quota: q, requested: cpu=1500m, used: cpu=0, limited: cpu=1`, "q cpu 1500m beside 0 of 1"},
		{"just as much as there is, beside the driver", `exceeded quota: q, requested: cpu=1, used: cpu=500m, limited: cpu=1000m`, "q cpu 1 beside 100m of 1"},
		{"room for both", `exceeded quota: q, requested: cpu=900m, used: cpu=500m, limited: cpu=1000m`, ""},
		{"something else", `failed quota: q: must specify cpu for: main`, ""},
		{"nonsense", `exceeded quota: q, requested: , used: x, limited: =`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			driver := parse[corev1.Pod](t, driverPod)
			if got := excesses(admission.NeverSaid(tt.message, &driver)); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestFull(t *testing.T) {
	quota := func(used, hard string) []corev1.ResourceQuota {
		return parse[[]corev1.ResourceQuota](t, fmt.Sprintf(`[{metadata: {name: q}, spec: {hard: {%s}}, status: {used: {%s}}}]`, hard, used))
	}
	for _, tt := range []struct {
		name       string
		used, hard string
		want       bool
	}{
		{"room", "count/configmaps: 4", "count/configmaps: 5", false},
		{"full", "count/configmaps: 5", "count/configmaps: 5", true},
		{"over", "configmaps: 7", "configmaps: 5", true},
		{"none allowed", "", "count/configmaps: 0", true},
		{"not counted", "", "pods: 0", false},
	} {
		if e, got := admission.Full(quota(tt.used, tt.hard), "configmaps", "count/configmaps"); got != tt.want || got && e.Quota != "q" {
			t.Errorf("%s: %v, %+v", tt.name, got, e)
		}
	}
}

package admission_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/admission"
)

// TestAmend: the line to add for each refusal, beside what the user has written.
func TestAmend(t *testing.T) {
	const driver = `{requests: {cpu: 100m, memory: 128Mi}, limits: {memory: 128Mi}}`
	for _, tt := range []struct{ name, message, have, own, want string }{
		{"limits.cpu", "failed quota: q: must specify limits.cpu for: driver", driver, `{}`, `{limits: {cpu: 100m}}`},
		{"limits.cpu of two", "failed quota: q: must specify limits.cpu for: driver,proxy", driver, `{}`, `{limits: {cpu: 100m}}`},
		{"of another container", "failed quota: q: must specify limits.cpu for: proxy", driver, `{}`, ``},
		{"all four", "failed quota: q: must specify limits.cpu for: driver; limits.memory for: driver; requests.cpu for: driver; requests.memory for: driver", `{}`, `{}`,
			`{cpu: 100m, memory: 256Mi, limits: {cpu: 1}}`},
		{"cpu", "failed quota: q: must specify cpu for: driver", `{requests: {memory: 1Gi}}`, `{}`, `{cpu: 100m}`},
		{"least memory", "minimum memory usage per Container is 256Mi, but request is 128Mi", driver, `{}`, `{memory: 256Mi}`},
		{"least memory, in the long form", "minimum memory usage per Container is 256Mi, but request is 128Mi", driver, `{requests: {memory: 128Mi}, limits: {memory: 128Mi}}`,
			`{requests: {memory: 256Mi}, limits: {memory: 256Mi}}`},
		{"least memory, told twice", "[minimum memory usage per Container is 256Mi, but request is 128Mi, minimum memory usage per Container is 256Mi, but limit is 128Mi]", driver, `{}`, `{memory: 256Mi}`},
		{"least of both", "[minimum cpu usage per Container is 200m, but request is 100m, minimum memory usage per Container is 1.5Gi, but request is 128Mi]", driver, `{}`, `{cpu: 200m, memory: 1536Mi}`},
		{"least where nothing is said", "minimum memory usage per Container is 1.5Gi.  No request is specified", `{}`, `{}`, `{memory: 1536Mi}`},
		{"least of another container", "minimum memory usage per Container is 256Mi, but request is 64Mi", driver, `{}`, ``},
		{"least of a Pod of two", "minimum cpu usage per Pod is 500m, but request is 300m", driver, `{}`, `{cpu: 300m}`},
		{"most", "maximum memory usage per Container is 64Mi, but limit is 128Mi", driver, `{}`, `{memory: 64Mi}`},
		{"most of cpu where nothing is said", "maximum cpu usage per Container is 2.  No limit is specified", driver, `{}`, `{limits: {cpu: 2}}`},
		{"most of a Pod of two", "maximum memory usage per Pod is 200Mi, but limit is 256Mi", driver, `{}`, `{memory: 72Mi}`},
		{"most of a Pod that others fill", "maximum memory usage per Pod is 100Mi, but limit is 256Mi", driver, `{}`, ``},
		{"ratio", "cpu max limit to request ratio per Container is 2, but provided ratio is 10.000000", `{requests: {cpu: 100m}, limits: {cpu: 1}}`, `{}`, `{cpu: 1}`},
		{"ratio without a limit", "[cpu max limit to request ratio per Container is 2, but no limit is specified or limit is 0]", driver, `{}`, `{limits: {cpu: 100m}}`},
		{"ratio where nothing is said", "memory max limit to request ratio per Container is 1, but no request is specified or request is 0", `{}`, `{}`, `{memory: 256Mi}`},
		{"with its spaces folded", "[minimum cpu usage per Pod is 300m, but request is 100m, maximum cpu usage per Pod is 1. No limit is specified]", driver, `{}`, `{cpu: 300m, limits: {cpu: 1}}`},
		{"something else", `admission webhook "w" denied the request: no`, driver, `{}`, ``},
		{"nonsense", "minimum cpu usage per Container is lots, but request is few", driver, `{}`, ``},
	} {
		t.Run(tt.name, func(t *testing.T) {
			have, own := parse[corev1.ResourceRequirements](t, tt.have), parse[v1alpha1.Resources](t, tt.own)
			after, ok := admission.Amend(tt.message, "driver", have)
			if !ok {
				if tt.want != "" {
					t.Errorf("no amendment, want %s", tt.want)
				}
				return
			}
			more := admission.Additions(have, after, &own)
			if got := admission.YAML(more); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			written := parse[v1alpha1.Resources](t, admission.YAML(more))
			if got, want := admission.YAML(&written), admission.YAML(more); got != want {
				t.Errorf("read back: %s, want %s", got, want)
			}
		})
	}
}

// TestWith: what is written over the user's own keeps the rest.
func TestWith(t *testing.T) {
	own, more := parse[v1alpha1.Resources](t, `{cpu: 2, limits: {x.y/z: 1}}`), parse[v1alpha1.Resources](t, `{memory: 1Gi, limits: {cpu: 2}}`)
	if got, want := admission.YAML(admission.With(&own, &more)), `{cpu: 2, memory: 1Gi, limits: {cpu: 2, x.y/z: 1}}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := admission.YAML(&own), `{cpu: 2, limits: {x.y/z: 1}}`; got != want {
		t.Errorf("its source was changed: %s", got)
	}
	if got, want := admission.YAML(admission.With(nil, &more)), admission.YAML(&more); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

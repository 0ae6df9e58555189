package validate

import (
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/wording"
	"github.com/stepherd/stepherd/internal/api/yamltree"
	"github.com/stepherd/stepherd/internal/suggest"
)

// resourceRules checks amounts of resources.
type resourceRules struct{ *validator }

// resources checks each number and name; whether they fit together is consistent's, since a step's are merged first.
func (v resourceRules) resources(at *yamltree.Path, r *v1alpha1.Resources) {
	if r == nil {
		return
	}
	v.amount(at.Field("cpu"), r.CPU)
	v.amount(at.Field("memory"), r.Memory)
	if r.GPU != nil {
		v.gpu(at.Field("gpu"), r.GPU)
	}
	v.resourceList(at.Field("requests"), r.Requests)
	v.resourceList(at.Field("limits"), r.Limits)
}

func (v resourceRules) amount(at *yamltree.Path, q *resource.Quantity) {
	if q != nil && q.Sign() < 0 {
		v.report(at, "%s is negative", q.String())
	}
}

// gpu: 0 is taken, for that is how a step gives back what the pipeline's settings ask for.
func (v resourceRules) gpu(at *yamltree.Path, g *v1alpha1.GPU) {
	if step := at.Segments()[0].Key != "settings" && at.Segments()[0].Key != "driver"; g.Count < 0 || g.Count == 0 && !step {
		v.report(at, "%d is not a number of GPUs: write 1 or more, or 0 in a step that needs none of the pipeline's", g.Count)
	}
	if name := string(g.ResourceName()); !strings.Contains(name, "/") || len(validation.IsQualifiedName(name)) > 0 {
		v.report(at.Field("resource"), "%s is not the name of an extended resource: write it as %s", wording.Quote(name), v1alpha1.DefaultGPUResource)
	}
}

func (v resourceRules) resourceList(at *yamltree.Path, list corev1.ResourceList) {
	for _, name := range slices.Sorted(maps.Keys(list)) {
		q := list[name]
		v.amount(at.Field(string(name)), &q)
		v.resourceName(at.Field(string(name)), string(name))
	}
}

// resourceName: names without a prefix are Kubernetes' own.
func (v resourceRules) resourceName(at *yamltree.Path, name string) {
	known := []string{string(corev1.ResourceCPU), string(corev1.ResourceMemory), string(corev1.ResourceEphemeralStorage)}
	switch {
	case slices.Contains(known, name), strings.HasPrefix(name, corev1.ResourceHugePagesPrefix):
	case name == "gpu":
		v.report(at, `"gpu" is not a resource of Kubernetes: write resources: {gpu: 1}, or name it, as %s`, v1alpha1.DefaultGPUResource)
	case !strings.Contains(name, "/"):
		v.report(at, "%s is not a resource%s; of a device the name has a prefix, as %s", wording.Quote(name), suggest.DidYouMean(name, known), v1alpha1.DefaultGPUResource)
	case len(validation.IsQualifiedName(name)) > 0:
		v.report(at, "%s is not a valid name of a resource: write it as %s", wording.Quote(name), v1alpha1.DefaultGPUResource)
	}
}

// consistent checks that no request is above its limit, as the API server will, after the short form is spelled out.
// Extended resources cannot be overcommitted, so there the two must be equal.
func (v resourceRules) consistent(at *yamltree.Path, r *v1alpha1.Resources) {
	all := r.Requirements()
	for _, name := range slices.Sorted(maps.Keys(all.Requests)) {
		request := all.Requests[name]
		limit, limited := all.Limits[name]
		switch {
		case request.Sign() < 0 || limit.Sign() < 0: // reported by amount
		case limited && request.Cmp(limit) > 0:
			v.report(at, "%s: the request of %s is above the limit of %s", name, request.String(), limit.String())
		case strings.Contains(string(name), "/") && (!limited || request.Cmp(limit) != 0):
			v.report(at, "%s: request and limit must be the same: write resources: {gpu: ...}, or the limit only", name)
		}
	}
}

package admission

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// Additions is what to write into `resources`, beside or in place of what own says there, so that a container that asks for
// before asks for after. It has the short form where that says it all.
func Additions(before, after corev1.ResourceRequirements, own *v1alpha1.Resources) *v1alpha1.Resources {
	more := LongForm(before, after)
	if q, changed := more.Requests[corev1.ResourceMemory]; changed && q.Equal(more.Limits[corev1.ResourceMemory]) && !inLongForm(own, corev1.ResourceMemory) {
		more.Memory = &q
		delete(more.Requests, corev1.ResourceMemory)
		delete(more.Limits, corev1.ResourceMemory)
	}
	if q, changed := more.Requests[corev1.ResourceCPU]; changed && !inLongForm(own, corev1.ResourceCPU) {
		more.CPU = &q
		delete(more.Requests, corev1.ResourceCPU)
	}
	return more
}

// LongForm is what to write into a container's `resources` so that one that asks for before asks for after.
func LongForm(before, after corev1.ResourceRequirements) *v1alpha1.Resources {
	more := &v1alpha1.Resources{}
	for name, q := range after.Requests {
		if old, ok := before.Requests[name]; !ok || old.Cmp(q) != 0 {
			put(&more.Requests, name, q)
		}
	}
	for name, q := range after.Limits {
		if old, ok := before.Limits[name]; !ok || old.Cmp(q) != 0 {
			put(&more.Limits, name, q)
		}
	}
	return more
}

func put(list *corev1.ResourceList, name corev1.ResourceName, q resource.Quantity) {
	if *list == nil {
		*list = corev1.ResourceList{}
	}
	(*list)[name] = q.DeepCopy()
}

func inLongForm(own *v1alpha1.Resources, name corev1.ResourceName) bool {
	if own == nil {
		return false
	}
	_, requested := own.Requests[name]
	_, limited := own.Limits[name]
	return requested || limited
}

// With is own with more written over it.
func With(own, more *v1alpha1.Resources) *v1alpha1.Resources {
	out := &v1alpha1.Resources{}
	if own != nil {
		out = &v1alpha1.Resources{CPU: own.CPU, Memory: own.Memory, GPU: own.GPU, Requests: own.Requests.DeepCopy(), Limits: own.Limits.DeepCopy()}
	}
	if more.CPU != nil {
		out.CPU = more.CPU
	}
	if more.Memory != nil {
		out.Memory = more.Memory
	}
	for name, q := range more.Requests {
		put(&out.Requests, name, q)
	}
	for name, q := range more.Limits {
		put(&out.Limits, name, q)
	}
	return out
}

// YAML is a value of `resources` in one line, as `{memory: 256Mi, limits: {cpu: 100m}}`.
func YAML(r *v1alpha1.Resources) string {
	var parts []string
	if r.CPU != nil {
		parts = append(parts, "cpu: "+r.CPU.String())
	}
	if r.Memory != nil {
		parts = append(parts, "memory: "+r.Memory.String())
	}
	for _, list := range []struct {
		key     string
		amounts corev1.ResourceList
	}{{"requests", r.Requests}, {"limits", r.Limits}} {
		var inner []string
		for _, name := range slices.Sorted(maps.Keys(list.amounts)) {
			q := list.amounts[name]
			inner = append(inner, fmt.Sprintf("%s: %s", name, q.String()))
		}
		if len(inner) > 0 {
			parts = append(parts, fmt.Sprintf("%s: {%s}", list.key, strings.Join(inner, ", ")))
		}
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

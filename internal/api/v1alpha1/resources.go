package v1alpha1

import (
	"maps"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// Requirements spells the short form out: memory and gpu as request and limit, cpu as request; what Requests and Limits
// name themselves wins. The result shares nothing with r. A nil r asks for nothing.
func (r *Resources) Requirements() corev1.ResourceRequirements {
	if r == nil {
		return corev1.ResourceRequirements{}
	}
	requests, limits := corev1.ResourceList{}, corev1.ResourceList{}
	if r.CPU != nil {
		requests[corev1.ResourceCPU] = r.CPU.DeepCopy()
	}
	if r.Memory != nil {
		requests[corev1.ResourceMemory] = r.Memory.DeepCopy()
		limits[corev1.ResourceMemory] = r.Memory.DeepCopy()
	}
	if device := r.Device(); device != "" {
		count := *resource.NewQuantity(r.GPU.Count, resource.DecimalSI)
		requests[device] = count
		limits[device] = count.DeepCopy()
	}
	maps.Copy(requests, r.Requests.DeepCopy())
	maps.Copy(limits, r.Limits.DeepCopy())
	var out corev1.ResourceRequirements
	if len(requests) > 0 {
		out.Requests = requests
	}
	if len(limits) > 0 {
		out.Limits = limits
	}
	return out
}

// Device is the extended resource that the short form asks for; empty when it asks for none. A count of 0 asks for none:
// that is how a step takes back what the pipeline's settings ask for.
func (r *Resources) Device() corev1.ResourceName {
	if r == nil || r.GPU == nil || r.GPU.Count <= 0 {
		return ""
	}
	return r.GPU.name()
}

func (g *GPU) name() corev1.ResourceName {
	if g.Resource == "" {
		return DefaultGPUResource
	}
	return g.Resource
}

// mergeResources lays the step's resources over the pipeline's. What the step says in the short form also takes away
// what the pipeline says of the same resource in the long form, which would win otherwise.
func mergeResources(pipeline, step *Resources) *Resources {
	if pipeline == nil || step == nil {
		return firstSet(step, pipeline)
	}
	out := &Resources{
		CPU: firstSet(step.CPU, pipeline.CPU), Memory: firstSet(step.Memory, pipeline.Memory), GPU: firstSet(step.GPU, pipeline.GPU),
		Requests: maps.Clone(pipeline.Requests), Limits: maps.Clone(pipeline.Limits),
	}
	if step.CPU != nil {
		delete(out.Requests, corev1.ResourceCPU)
	}
	if step.Memory != nil {
		delete(out.Requests, corev1.ResourceMemory)
		delete(out.Limits, corev1.ResourceMemory)
	}
	if step.GPU != nil {
		delete(out.Requests, step.GPU.name())
		delete(out.Limits, step.GPU.name())
	}
	out.Requests = mergeMaps(out.Requests, step.Requests)
	out.Limits = mergeMaps(out.Limits, step.Limits)
	return out
}

func firstSet[T any](a, b *T) *T {
	if a != nil {
		return a
	}
	return b
}

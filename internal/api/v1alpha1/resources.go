package v1alpha1

import (
	"encoding/json"
	"fmt"
	"maps"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	kjson "sigs.k8s.io/json"
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
	return r.GPU.ResourceName()
}

// ResourceName returns the extended resource that is asked for, DefaultGPUResource if the file names none.
func (g *GPU) ResourceName() corev1.ResourceName {
	if g.Resource == "" {
		return DefaultGPUResource
	}
	return g.Resource
}

// MergeResources lays the step's resources over the pipeline's, resource by resource. The step's form wins whole: what it
// says in the short form takes away what the pipeline says of the same resource in the long form, and the other way
// round. Where both use the long form, requests and limits are laid over each other key by key.
func MergeResources(pipeline, step *Resources) *Resources {
	if pipeline == nil || step == nil {
		return firstSet(step, pipeline)
	}
	under := pipeline.without(step.short(), step.long())
	return &Resources{
		CPU: firstSet(step.CPU, under.CPU), Memory: firstSet(step.Memory, under.Memory), GPU: firstSet(step.GPU, under.GPU),
		Requests: mergeMaps(under.Requests, step.Requests), Limits: mergeMaps(under.Limits, step.Limits),
	}
}

// without returns r without the short form of what is named in long, and without the long form of what is named in short.
func (r *Resources) without(short, long corev1.ResourceList) *Resources {
	out := *r
	if _, named := long[corev1.ResourceCPU]; named {
		out.CPU = nil
	}
	if _, named := long[corev1.ResourceMemory]; named {
		out.Memory = nil
	}
	if r.GPU != nil {
		out.GPU = r.GPU.counted(long)
	}
	out.Requests, out.Limits = maps.Clone(r.Requests), maps.Clone(r.Limits)
	for name := range short {
		delete(out.Requests, name)
		delete(out.Limits, name)
	}
	return &out
}

// counted is the GPU with the number that the long form of the same device names. What else `gpu` means, the toleration
// and the shared memory, stays: the step still runs on a GPU.
func (g *GPU) counted(long corev1.ResourceList) *GPU {
	count, named := long[g.ResourceName()]
	if !named {
		return g
	}
	return &GPU{Count: count.Value(), Resource: g.Resource}
}

// short are the resources that the short form names, with its numbers.
func (r *Resources) short() corev1.ResourceList {
	out := corev1.ResourceList{}
	if r.CPU != nil {
		out[corev1.ResourceCPU] = *r.CPU
	}
	if r.Memory != nil {
		out[corev1.ResourceMemory] = *r.Memory
	}
	if r.GPU != nil {
		out[r.GPU.ResourceName()] = *resource.NewQuantity(r.GPU.Count, resource.DecimalSI)
	}
	return out
}

// long are the resources that requests or limits name; of two numbers the limit.
func (r *Resources) long() corev1.ResourceList { return mergeMaps(r.Requests, r.Limits) }

func firstSet[T any](a, b *T) *T {
	if a != nil {
		return a
	}
	return b
}

// plainGPU is GPU without its methods, so that JSON takes it as the struct it is.
type plainGPU GPU

// MarshalJSON gives what UnmarshalJSON reads: a number where the resource is the default, else the object.
func (g GPU) MarshalJSON() ([]byte, error) {
	if g.Resource == "" || g.Resource == DefaultGPUResource {
		return json.Marshal(g.Count)
	}
	return json.Marshal(plainGPU(g))
}

// UnmarshalJSON reads `1` or `{"count": 2, "resource": "amd.com/gpu"}`.
func (g *GPU) UnmarshalJSON(b []byte) error {
	*g = GPU{}
	if len(b) == 0 || b[0] != '{' {
		return json.Unmarshal(b, &g.Count)
	}
	strict, err := kjson.UnmarshalStrict(b, (*plainGPU)(g))
	if err != nil {
		return err
	}
	if len(strict) > 0 {
		return fmt.Errorf("gpu: %w", strict[0])
	}
	return nil
}

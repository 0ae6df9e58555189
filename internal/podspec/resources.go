package podspec

import (
	"maps"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// resourceRequirements spells the short form out: memory as request and limit, so that a step is never killed for what
// its neighbours use; cpu as request only, because a CPU limit throttles; gpu as both, as extended resources must be.
// The user's own requests and limits win.
func resourceRequirements(r *v1alpha1.Resources) corev1.ResourceRequirements {
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
	if name := gpuResource(r); name != "" {
		count := resource.NewQuantity(r.GPU.Count, resource.DecimalSI)
		requests[name], limits[name] = *count, count.DeepCopy()
	}
	maps.Copy(requests, r.Requests)
	maps.Copy(limits, r.Limits)
	return corev1.ResourceRequirements{Requests: noneIfEmpty(requests), Limits: noneIfEmpty(limits)}
}

func noneIfEmpty(list corev1.ResourceList) corev1.ResourceList {
	if len(list) == 0 {
		return nil
	}
	return list
}

// gpuResource is the extended resource of the short form; empty when it asks for none. A count of 0 asks for none: that
// is how a step takes back what the pipeline's settings ask for.
func gpuResource(r *v1alpha1.Resources) corev1.ResourceName {
	switch {
	case r == nil || r.GPU == nil || r.GPU.Count <= 0:
		return ""
	case r.GPU.Resource == "":
		return v1alpha1.DefaultGPUResource
	}
	return r.GPU.Resource
}

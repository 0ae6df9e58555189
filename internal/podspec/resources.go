package podspec

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// driverResources fills in what the user did not name: little CPU, and memory for a thousand live Pods. What is named only
// under requests or only under limits is left as it is.
func driverResources(user *v1alpha1.Resources) corev1.ResourceRequirements {
	r := v1alpha1.Resources{}
	if user != nil {
		r = *user
	}
	if r.CPU == nil && !names(&r, corev1.ResourceCPU) {
		cpu := resource.MustParse("100m")
		r.CPU = &cpu
	}
	if r.Memory == nil && !names(&r, corev1.ResourceMemory) {
		memory := resource.MustParse("128Mi")
		r.Memory = &memory
	}
	return r.Requirements()
}

func names(r *v1alpha1.Resources, name corev1.ResourceName) bool {
	_, requested := r.Requests[name]
	_, limited := r.Limits[name]
	return requested || limited
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

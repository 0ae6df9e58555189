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

package podspec

import (
	"slices"
	"strconv"

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

const goMemoryLimit = "GOMEMLIMIT"

// limitGoMemory tells the driver's garbage collector of the container's memory limit, so that it collects more often
// instead of being killed when a thousand step Pods start at once (by default Go lets garbage grow to the size of what
// lives). The rest, a tenth, is for what the collector does not count: the binary, the kernel's buffers. It is a plain
// figure and not a resourceFieldRef, because that gives the whole limit and knows no fraction.
func limitGoMemory(driver *corev1.Container) {
	limit, limited := driver.Resources.Limits[corev1.ResourceMemory]
	known := slices.ContainsFunc(driver.Env, func(v corev1.EnvVar) bool { return v.Name == goMemoryLimit })
	mebibytes := limit.Value() / 10 * 9 >> 20
	if !limited || known || mebibytes <= 0 {
		return
	}
	value := strconv.FormatInt(mebibytes, 10) + "MiB"
	driver.Env = append(driver.Env, corev1.EnvVar{Name: goMemoryLimit, Value: value})
}

// mebibyte is what a grown memory limit is rounded up to.
const mebibyte = 1 << 20

// growMemory gives `main` more memory after attempts that ended OOMKilled, as retry.onOOM says: the limit is multiplied by
// memoryFactor once for each of them, up to max.
//
// What grows is the limit that stands in the Pod in the end: podSettings' for the container `main`, which win; else
// settings.resources.limits; else settings.resources.memory. Where there is none there is nothing to grow. The request
// becomes equal to the grown limit, wherever it came from and however small it was: the step has shown that it uses what
// it may, so it must be scheduled to where there is as much. Memory is never made less, by a max below the limit either.
func growMemory(main *corev1.Container, retry *v1alpha1.Retry, ooms int) {
	limit := main.Resources.Limits[corev1.ResourceMemory]
	factor, most := retry.MemoryGrowth()
	if factor <= 1 || ooms <= 0 || limit.Sign() <= 0 {
		return
	}
	grown := grow(limit, factor, ooms, most)
	if grown.Cmp(limit) <= 0 {
		return
	}
	if main.Resources.Requests == nil {
		main.Resources.Requests = corev1.ResourceList{}
	}
	main.Resources.Limits[corev1.ResourceMemory] = grown
	main.Resources.Requests[corev1.ResourceMemory] = grown.DeepCopy()
}

// grow is memory times factor, so many times, rounded up to whole mebibytes; most where it would be more.
func grow(memory resource.Quantity, factor float64, times int, most resource.Quantity) resource.Quantity {
	bytes, ceiling := float64(memory.Value()), float64(most.Value())
	for range times {
		bytes *= factor
		if bytes >= ceiling {
			return most.DeepCopy()
		}
	}
	whole := (int64(bytes) + mebibyte - 1) / mebibyte * mebibyte
	if whole >= most.Value() {
		return most.DeepCopy()
	}
	return *resource.NewQuantity(whole, resource.BinarySI)
}

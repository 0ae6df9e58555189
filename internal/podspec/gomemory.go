package podspec

import (
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
)

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

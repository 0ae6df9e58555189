package podspec

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
)

// Exclusive reports whether a step's Pod asks for what a predecessor holds until its terminal phase:
// extended resources, devices by resource claim, or a port of the node.
func Exclusive(pod *corev1.Pod) bool {
	if len(pod.Spec.ResourceClaims) > 0 {
		return true
	}
	for _, containers := range [][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for i := range containers {
			c := &containers[i]
			if asksForExtended(c.Resources.Requests) || asksForExtended(c.Resources.Limits) || takesNodePort(c, pod.Spec.HostNetwork) {
				return true
			}
		}
	}
	return false
}

// takesNodePort: in the node's network the API server makes each container port a host port.
func takesNodePort(c *corev1.Container, hostNetwork bool) bool {
	for _, port := range c.Ports {
		if hostNetwork || port.HostPort != 0 {
			return true
		}
	}
	return false
}

func asksForExtended(list corev1.ResourceList) bool {
	for name, quantity := range list {
		if isExtended(name) && !quantity.IsZero() {
			return true
		}
	}
	return false
}

// isExtended follows IsExtendedResourceName of k8s.io/kubernetes/pkg/apis/core/v1/helper: with a domain, which is not
// Kubernetes' own, and fit for a quota.
func isExtended(name corev1.ResourceName) bool {
	s := string(name)
	native := !strings.Contains(s, "/") || strings.Contains(s, corev1.ResourceDefaultNamespacePrefix)
	if native || strings.HasPrefix(s, corev1.DefaultResourceRequestsPrefix) {
		return false
	}
	return len(validation.IsQualifiedName(corev1.DefaultResourceRequestsPrefix+s)) == 0
}

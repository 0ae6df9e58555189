package podspec

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

func TestExclusive(t *testing.T) {
	one := resource.MustParse("1")
	asks := func(name corev1.ResourceName, q resource.Quantity) []corev1.Container {
		return []corev1.Container{{}, {Resources: corev1.ResourceRequirements{Limits: corev1.ResourceList{name: q}}}}
	}
	port := func(host int32) []corev1.Container {
		return []corev1.Container{{Ports: []corev1.ContainerPort{{ContainerPort: 80, HostPort: host}}}}
	}
	for _, row := range []struct {
		name string
		spec corev1.PodSpec
		want bool
	}{
		{"nothing", corev1.PodSpec{}, false},
		{"cpu", corev1.PodSpec{Containers: asks("cpu", one)}, false},
		{"memory", corev1.PodSpec{Containers: asks("memory", one)}, false},
		{"ephemeral storage", corev1.PodSpec{Containers: asks("ephemeral-storage", one)}, false},
		{"hugepages", corev1.PodSpec{Containers: asks("hugepages-2Mi", one)}, false},
		{"Kubernetes' own domain", corev1.PodSpec{Containers: asks("kubernetes.io/batch-cpu", one)}, false},
		{"gpu", corev1.PodSpec{Containers: asks("nvidia.com/gpu", one)}, true},
		{"another vendor", corev1.PodSpec{Containers: asks("rdma/hca", one)}, true},
		{"gpu as a request", corev1.PodSpec{Containers: []corev1.Container{{
			Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{"nvidia.com/gpu": one}},
		}}}, true},
		{"no gpu after all", corev1.PodSpec{Containers: asks("nvidia.com/gpu", resource.MustParse("0"))}, false},
		{"a quota's name", corev1.PodSpec{Containers: asks("requests.nvidia.com/gpu", one)}, false},
		{"gpu of an init container", corev1.PodSpec{InitContainers: asks("nvidia.com/gpu", one)}, true},
		{"a resource claim", corev1.PodSpec{ResourceClaims: []corev1.PodResourceClaim{{Name: "gpu"}}}, true},
		{"port", corev1.PodSpec{Containers: port(0)}, false},
		{"hostPort", corev1.PodSpec{Containers: port(80)}, true},
		{"hostNetwork without ports", corev1.PodSpec{HostNetwork: true, Containers: make([]corev1.Container, 1)}, false},
		{"hostNetwork with ports", corev1.PodSpec{HostNetwork: true, Containers: port(0)}, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := Exclusive(&corev1.Pod{Spec: row.spec}); got != row.want {
				t.Errorf("got %t, want %t", got, row.want)
			}
		})
	}
}

package admission

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// Usage is what a Pod counts for in a ResourceQuota (kubernetes/pkg/quota/v1/evaluator/core/pods.go, PodUsageFunc, v1.35).
func Usage(pod *corev1.Pod) corev1.ResourceList {
	one := resource.MustParse("1")
	usage := corev1.ResourceList{corev1.ResourcePods: one, countPods: one}
	asked, bounded := podTotal(pod, requests), podTotal(pod, limits)
	add(asked, pod.Spec.Overhead)
	for name, q := range asked {
		switch {
		case isCompute(name):
			usage[name] = q
			usage[corev1.DefaultResourceRequestsPrefix+name] = q
		case strings.HasPrefix(string(name), corev1.ResourceHugePagesPrefix):
			usage[name] = q
			usage[corev1.DefaultResourceRequestsPrefix+name] = q
		default: // an extended resource
			usage[corev1.DefaultResourceRequestsPrefix+name] = q
		}
	}
	for name, q := range bounded {
		if isCompute(name) {
			q.Add(pod.Spec.Overhead[name])
			usage[limitsPrefix+name] = q
		}
	}
	return usage
}

const (
	limitsPrefix = "limits."
	countPods    = "count/pods"
)

func isCompute(name corev1.ResourceName) bool {
	return name == corev1.ResourceCPU || name == corev1.ResourceMemory || name == corev1.ResourceEphemeralStorage
}

func requests(r *corev1.ResourceRequirements) corev1.ResourceList { return r.Requests }

// limits of a resource that has a request only: the server fills in no limit.
func limits(r *corev1.ResourceRequirements) corev1.ResourceList { return r.Limits }

// podTotal adds up what the containers ask for (component-helpers/resource/helpers.go, PodRequests and PodLimits, v1.35): the
// containers and the sidecars together, or an init container and the sidecars before it if that is more; then what is said
// for the Pod as a whole. The overhead of a runtime class comes on top of it.
func podTotal(pod *corev1.Pod, pick func(*corev1.ResourceRequirements) corev1.ResourceList) corev1.ResourceList {
	total, sidecars, first := corev1.ResourceList{}, corev1.ResourceList{}, corev1.ResourceList{}
	for i := range pod.Spec.Containers {
		add(total, filled(&pod.Spec.Containers[i].Resources, pick))
	}
	for i := range pod.Spec.InitContainers {
		c := &pod.Spec.InitContainers[i]
		list := filled(&c.Resources, pick)
		if c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			add(total, list)
			add(sidecars, list)
			raise(first, sidecars)
			continue
		}
		together := corev1.ResourceList{}
		add(together, list)
		add(together, sidecars)
		raise(first, together)
	}
	raise(total, first)
	if pod.Spec.Resources != nil {
		for name, q := range pick(pod.Spec.Resources) {
			total[name] = q
		}
	}
	return total
}

// filled is what a container asks for in the end; a limit without a request is the request, too (pkg/apis/core/v1/defaults.go).
func filled(r *corev1.ResourceRequirements, pick func(*corev1.ResourceRequirements) corev1.ResourceList) corev1.ResourceList {
	out := corev1.ResourceRequirements{Limits: r.Limits, Requests: r.Requests.DeepCopy()}
	if out.Requests == nil {
		out.Requests = corev1.ResourceList{}
	}
	for name, q := range r.Limits {
		if _, requested := out.Requests[name]; !requested {
			out.Requests[name] = q
		}
	}
	return pick(&out)
}

func add(to, list corev1.ResourceList) {
	for name, q := range list {
		sum := to[name].DeepCopy()
		sum.Add(q)
		to[name] = sum
	}
}

func raise(to, list corev1.ResourceList) {
	for name, q := range list {
		if have, ok := to[name]; !ok || have.Cmp(q) < 0 {
			to[name] = q.DeepCopy()
		}
	}
}

package admission

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// Covers reports whether a ResourceQuota counts a Pod. A scope that this build does not know is taken for one that the Pod is
// not in: a submit must not be refused for a guess.
func Covers(quota *corev1.ResourceQuota, pod *corev1.Pod) bool {
	for _, scope := range quota.Spec.Scopes {
		if !inScope(pod, corev1.ScopedResourceSelectorRequirement{ScopeName: scope, Operator: corev1.ScopeSelectorOpExists}) {
			return false
		}
	}
	if quota.Spec.ScopeSelector == nil {
		return true
	}
	for _, scope := range quota.Spec.ScopeSelector.MatchExpressions {
		if !inScope(pod, scope) {
			return false
		}
	}
	return true
}

// inScope imitates podMatchesScopeFunc of kubernetes/pkg/quota/v1/evaluator/core/pods.go (v1.35).
func inScope(pod *corev1.Pod, scope corev1.ScopedResourceSelectorRequirement) bool {
	switch scope.ScopeName {
	case corev1.ResourceQuotaScopeTerminating:
		return pod.Spec.ActiveDeadlineSeconds != nil
	case corev1.ResourceQuotaScopeNotTerminating:
		return pod.Spec.ActiveDeadlineSeconds == nil
	case corev1.ResourceQuotaScopeBestEffort:
		return isBestEffort(pod)
	case corev1.ResourceQuotaScopeNotBestEffort:
		return !isBestEffort(pod)
	case corev1.ResourceQuotaScopePriorityClass:
		return hasPriority(pod.Spec.PriorityClassName, scope)
	case corev1.ResourceQuotaScopeCrossNamespacePodAffinity, corev1.ResourceQuotaScopeVolumeAttributesClass:
	}
	return false
}

func hasPriority(class string, scope corev1.ScopedResourceSelectorRequirement) bool {
	switch scope.Operator {
	case corev1.ScopeSelectorOpExists:
		return class != ""
	case corev1.ScopeSelectorOpDoesNotExist:
		return class == ""
	case corev1.ScopeSelectorOpIn:
		return slices.Contains(scope.Values, class)
	case corev1.ScopeSelectorOpNotIn:
		return !slices.Contains(scope.Values, class)
	}
	return false
}

// isBestEffort reports whether no container asks for cpu or memory.
func isBestEffort(pod *corev1.Pod) bool {
	for _, pick := range []func(*corev1.ResourceRequirements) corev1.ResourceList{requests, limits} {
		total := podTotal(pod, pick)
		if cpu, memory := total[corev1.ResourceCPU], total[corev1.ResourceMemory]; cpu.Sign() > 0 || memory.Sign() > 0 {
			return false
		}
	}
	return true
}

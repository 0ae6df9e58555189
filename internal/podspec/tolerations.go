package podspec

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// How soon a Pod on a node that does not answer is given up, in seconds. Kubernetes' default is 300: the admission plugin
// DefaultTolerationSeconds adds it to Pods that say nothing.
const (
	driverLostNodeSeconds = 30
	stepLostNodeSeconds   = 60
)

// leaveLostNodes lets a step Pod leave a lost node after a minute, unless its user has said how long it is to stay. To add
// ours beside his would shorten his: of the tolerations that match, the shortest counts (getMinTolerationTime in
// k8s.io/kubernetes/pkg/controller/tainteviction).
func leaveLostNodes(spec *corev1.PodSpec) {
	for _, taint := range []string{corev1.TaintNodeNotReady, corev1.TaintNodeUnreachable} {
		covered := slices.ContainsFunc(spec.Tolerations, func(t corev1.Toleration) bool { return coversNoExecute(&t, taint) })
		if !covered {
			spec.Tolerations = append(spec.Tolerations, tolerateLostNode(taint, stepLostNodeSeconds))
		}
	}
}

// coversNoExecute reports whether a toleration holds for the taint with this key, effect NoExecute and no value, which is how
// the node controller writes it. An empty effect is all effects, an empty key all keys; see ToleratesTaint in
// k8s.io/api/core/v1.
func coversNoExecute(t *corev1.Toleration, taint string) bool {
	if t.Effect != "" && t.Effect != corev1.TaintEffectNoExecute {
		return false
	}
	exists := t.Operator == corev1.TolerationOpExists
	equals := (t.Operator == corev1.TolerationOpEqual || t.Operator == "") && t.Value == ""
	return exists && t.Key == "" || t.Key == taint && (exists || equals)
}

func tolerateLostNode(taint string, seconds int64) corev1.Toleration {
	return corev1.Toleration{
		Key:               taint,
		Operator:          corev1.TolerationOpExists,
		Effect:            corev1.TaintEffectNoExecute,
		TolerationSeconds: &seconds,
	}
}

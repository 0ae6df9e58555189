package podspec

import "github.com/stepherd/stepherd/internal/api/v1alpha1"

// undisturbed are the annotations that keep an autoscaler from evicting a Pod because its node is little used or could be
// a cheaper one: https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md and
// https://karpenter.sh/docs/concepts/disruption/#pod-level-controls
func undisturbed() map[string]string {
	return map[string]string{
		"cluster-autoscaler.kubernetes.io/safe-to-evict": "false",
		"karpenter.sh/do-not-disrupt":                    "true",
	}
}

// stepAnnotations are laid under the user's annotations: an attempt that is evicted starts from its beginning, so no
// autoscaler may evict one unless the settings say that it may.
func stepAnnotations(settings *v1alpha1.Settings) map[string]string {
	if settings.Disruptible != nil && *settings.Disruptible {
		return nil
	}
	return undisturbed()
}

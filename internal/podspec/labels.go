package podspec

import (
	"maps"
	"strconv"
	"strings"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// reservedLabel reports whether a label or annotation key is not the user's to set. With the Job controller's keys on a step
// Pod, that controller would adopt it.
func reservedLabel(key string) bool {
	switch key {
	case v1alpha1.LabelManagedBy, v1alpha1.LabelComponent, "job-name", "controller-uid":
		return true
	}
	return strings.HasPrefix(key, v1alpha1.Prefix) || strings.HasPrefix(key, "batch.kubernetes.io/")
}

// overlay gives the user's keys, later maps over earlier ones, without the reserved keys, and ours over them all. Nil
// when there are none.
func overlay(ours map[string]string, users ...map[string]string) map[string]string {
	merged := map[string]string{}
	for _, user := range users {
		maps.Copy(merged, user)
	}
	maps.DeleteFunc(merged, func(key, _ string) bool { return reservedLabel(key) })
	maps.Copy(merged, ours)
	if len(merged) == 0 {
		return nil
	}
	return merged
}

func stepLabels(p *v1alpha1.Pipeline, step string, attempt int, id Identity) map[string]string {
	return map[string]string{
		v1alpha1.LabelManagedBy: v1alpha1.ManagedBy,
		v1alpha1.LabelComponent: v1alpha1.ComponentStep,
		v1alpha1.LabelPipeline:  p.Metadata.Name,
		v1alpha1.LabelRun:       id.Run,
		v1alpha1.LabelRunUID:    id.RunUID,
		v1alpha1.LabelStep:      step,
		v1alpha1.LabelAttempt:   strconv.Itoa(attempt),
	}
}

func driverLabels(p *v1alpha1.Pipeline) map[string]string {
	return map[string]string{
		v1alpha1.LabelManagedBy: v1alpha1.ManagedBy,
		v1alpha1.LabelComponent: v1alpha1.ComponentDriver,
		v1alpha1.LabelPipeline:  p.Metadata.Name,
	}
}

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
// autoscaler may evict one unless the settings allow it.
func stepAnnotations(settings *v1alpha1.Settings) map[string]string {
	if settings.Disruptible != nil && *settings.Disruptible {
		return nil
	}
	return undisturbed()
}

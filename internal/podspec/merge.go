package podspec

import (
	"encoding/json"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/util/strategicpatch"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// mergePodSettings merges a user's partial PodSpec over base, as `kubectl patch` does: lists of named things by name
// (mounts by mountPath), other lists whole. Tolerations are appended, duplicates dropped: they have no name, and a user
// who adds one does not mean to lose those that are there.
func mergePodSettings(base *corev1.PodSpec, patch v1alpha1.PodSettings) (*corev1.PodSpec, error) {
	if len(patch) == 0 {
		return base.DeepCopy(), nil
	}
	original, err := json.Marshal(base)
	if err != nil {
		return nil, fmt.Errorf("podSettings: encode what they are merged over: %w", err)
	}
	merged, err := strategicpatch.StrategicMergePatch(original, patch, corev1.PodSpec{})
	if err != nil {
		return nil, fmt.Errorf("podSettings do not merge (%w): give each container, volume and variable its name", err)
	}
	spec := &corev1.PodSpec{}
	if err := json.Unmarshal(merged, spec); err != nil {
		return nil, fmt.Errorf("podSettings do not fit a PodSpec: %w", err)
	}
	spec.Tolerations = appendNew(base.Tolerations, spec.Tolerations)
	return spec, nil
}

// appendNew appends those of more that are not in list yet.
func appendNew[T any](list, more []T) []T {
	out := slices.Clone(list)
	for _, item := range more {
		known := slices.ContainsFunc(out, func(o T) bool { return equality.Semantic.DeepEqual(o, item) })
		if !known {
			out = append(out, item)
		}
	}
	return out
}

// oneSource undoes a merge of a variable's value with its valueFrom, which no API server accepts: what podSettings said
// last stands.
func oneSource(base, merged []corev1.EnvVar) []corev1.EnvVar {
	for i := range merged {
		v := &merged[i]
		if v.Value == "" || v.ValueFrom == nil {
			continue
		}
		before := slices.IndexFunc(base, func(b corev1.EnvVar) bool { return b.Name == v.Name })
		switch {
		case before < 0: // both from podSettings: the API server's sentence is the best one
		case base[before].ValueFrom != nil:
			v.ValueFrom = nil
		default:
			v.Value = ""
		}
	}
	return merged
}

// takeContainer removes the named container from the spec and gives it back; base when podSettings removed it.
func takeContainer(spec *corev1.PodSpec, name string, base *corev1.Container) corev1.Container {
	at := slices.IndexFunc(spec.Containers, func(c corev1.Container) bool { return c.Name == name })
	if at < 0 {
		return *base.DeepCopy()
	}
	found := spec.Containers[at]
	spec.Containers = slices.Delete(spec.Containers, at, at+1)
	return found
}

// holdToRunOnce keeps the kubelet from running a container twice: an exit code is final. Init containers keep their
// restartPolicy, which makes native sidecars of them.
func holdToRunOnce(spec *corev1.PodSpec) {
	spec.RestartPolicy = corev1.RestartPolicyNever
	spec.EphemeralContainers = nil
	for i := range spec.Containers {
		spec.Containers[i].RestartPolicy = nil
		spec.Containers[i].RestartPolicyRules = nil
	}
	for i := range spec.InitContainers {
		spec.InitContainers[i].RestartPolicyRules = nil
	}
}

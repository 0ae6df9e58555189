package podspec

import (
	"encoding/json"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	kjson "k8s.io/apimachinery/pkg/util/json"

	"github.com/stepherd/stepherd/internal/api/podmerge"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// mergePodSettings merges a user's partial PodSpec over base, see podmerge.
func mergePodSettings(base *corev1.PodSpec, patch v1alpha1.PodSettings) (*corev1.PodSpec, error) {
	if len(patch) == 0 {
		return base.DeepCopy(), nil
	}
	under, err := object(base)
	if err != nil {
		return nil, fmt.Errorf("podSettings: encode what they are merged over: %w", err)
	}
	over, err := object(patch)
	if err != nil {
		return nil, fmt.Errorf("podSettings are no object: %w", err)
	}
	merged, err := podmerge.PodSpecs(under, over)
	if err != nil {
		return nil, fmt.Errorf("podSettings do not merge (%w): give each container, volume and variable its name", err)
	}
	encoded, err := json.Marshal(merged)
	if err != nil {
		return nil, fmt.Errorf("podSettings: encode what they were merged to: %w", err)
	}
	spec := &corev1.PodSpec{}
	if err := json.Unmarshal(encoded, spec); err != nil {
		return nil, fmt.Errorf("podSettings do not fit a PodSpec: %w", err)
	}
	spec.Tolerations = appendNew(base.Tolerations, spec.Tolerations) // null takes none of ours away
	return spec, nil
}

// object is a value as generic JSON.
func object(from any) (map[string]any, error) {
	encoded, err := json.Marshal(from)
	if err != nil {
		return nil, err
	}
	var out map[string]any
	return out, kjson.Unmarshal(encoded, &out)
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

package v1alpha1

import (
	"encoding/json"

	corev1 "k8s.io/api/core/v1"
)

// containers are those of one of the lists of podSettings, initContainers or containers, each in its place; none where
// podSettings are no PodSpec, which Validate says.
func (p PodSettings) containers(list string) []corev1.Container {
	object, err := p.object()
	if err != nil {
		return nil
	}
	elements, _ := object[list].([]any)
	out := make([]corev1.Container, len(elements))
	for i, element := range elements {
		dropDirectives(element)
		encoded, err := json.Marshal(element)
		if err != nil || json.Unmarshal(encoded, &out[i]) != nil {
			out[i] = corev1.Container{}
		}
	}
	return out
}

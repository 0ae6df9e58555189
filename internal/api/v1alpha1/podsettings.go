package v1alpha1

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	kjson "sigs.k8s.io/json"

	"github.com/stepherd/stepherd/internal/api/podmerge"
)

// MarshalJSON gives the raw bytes; `null` when there are none.
func (p PodSettings) MarshalJSON() ([]byte, error) { return json.RawMessage(p).MarshalJSON() }

// UnmarshalJSON keeps a copy of the raw bytes; a JSON null means none.
func (p *PodSettings) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*p = nil
		return nil
	}
	return (*json.RawMessage)(p).UnmarshalJSON(b)
}

// MergePodSettings is the step's podSettings laid over the pipeline's, see podmerge. The result has neither nulls nor
// $patch directives.
func MergePodSettings(pipeline, step PodSettings) (PodSettings, error) {
	switch {
	case len(step) == 0 && pipeline.plain():
		return pipeline, nil
	case len(pipeline) == 0 && step.plain():
		return step, nil
	}
	under, err := pipeline.Object()
	if err != nil {
		return nil, fmt.Errorf("read settings.podSettings: %w", err)
	}
	over, err := step.Object()
	if err != nil {
		return nil, fmt.Errorf("read the step's podSettings: %w", err)
	}
	if deletes(over) {
		return nil, nil
	}
	merged, err := podmerge.PodSpecs(under, over)
	if err != nil || len(merged) == 0 {
		return nil, err
	}
	return json.Marshal(merged)
}

// plain reports whether p has nothing that only means something in a merge.
func (p PodSettings) plain() bool {
	return !bytes.Contains(p, []byte("null")) && !bytes.Contains(p, []byte(`"$`))
}

// Object is the settings as generic JSON; an empty object when there are none.
func (p PodSettings) Object() (map[string]any, error) {
	out := map[string]any{}
	if len(p) == 0 {
		return out, nil
	}
	err := kjson.UnmarshalCaseSensitivePreserveInts(p, &out)
	if out == nil {
		out = map[string]any{}
	}
	return out, err
}

// ElementName returns the name of a list's element; empty if it has none.
func ElementName(element any) string {
	m, _ := element.(map[string]any)
	name, _ := m["name"].(string)
	return name
}

// Strip takes away nulls and $patch directives.
func Strip(value any) {
	dropDeleted(value)
	DropDirectives(value)
}

// dropDeleted takes away the objects that say `$patch: delete`.
func dropDeleted(value any) {
	switch v := value.(type) {
	case map[string]any:
		for k, inner := range v {
			if deletes(inner) {
				delete(v, k)
				continue
			}
			if list, ok := inner.([]any); ok {
				v[k] = slices.DeleteFunc(list, deletes)
			}
			dropDeleted(v[k])
		}
	case []any:
		for _, inner := range v {
			dropDeleted(inner)
		}
	}
}

func deletes(value any) bool {
	m, ok := value.(map[string]any)
	return ok && m["$patch"] == "delete"
}

// DropDirectives takes away nulls and the keys of directives.
func DropDirectives(value any) {
	switch v := value.(type) {
	case map[string]any:
		for k, inner := range v {
			if inner == nil || strings.HasPrefix(k, "$") {
				delete(v, k)
				continue
			}
			DropDirectives(inner)
		}
	case []any:
		for _, inner := range v {
			DropDirectives(inner)
		}
	}
}

// DecodePodSpec decodes podSettings strictly.
func DecodePodSpec(raw []byte) (*corev1.PodSpec, error) {
	spec := &corev1.PodSpec{}
	if len(raw) == 0 {
		return spec, nil
	}
	strict, err := kjson.UnmarshalStrict(raw, spec)
	return spec, errors.Join(append(strict, err)...)
}

// Containers are those of one of the lists of podSettings, initContainers or containers, each in its place; none where
// podSettings are no PodSpec, which Validate says.
func (p PodSettings) Containers(list string) []corev1.Container {
	object, err := p.Object()
	if err != nil {
		return nil
	}
	elements, _ := object[list].([]any)
	out := make([]corev1.Container, len(elements))
	for i, element := range elements {
		DropDirectives(element)
		encoded, err := json.Marshal(element)
		if err != nil || json.Unmarshal(encoded, &out[i]) != nil {
			out[i] = corev1.Container{}
		}
	}
	return out
}

package v1alpha1

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	kjson "sigs.k8s.io/json"
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

// mergePodSettings is the step's podSettings laid over the pipeline's: a strategic merge as `kubectl patch` does it, but
// tolerations are appended, because they have no patch strategy and a step's list would replace the pipeline's. The
// result has neither nulls nor $patch directives.
func mergePodSettings(pipeline, step PodSettings) (PodSettings, error) {
	switch {
	case len(step) == 0 && pipeline.plain():
		return pipeline, nil
	case len(pipeline) == 0 && step.plain():
		return step, nil
	}
	under, err := pipeline.object()
	if err != nil {
		return nil, fmt.Errorf("read settings.podSettings: %w", err)
	}
	over, err := step.object()
	if err != nil {
		return nil, fmt.Errorf("read the step's podSettings: %w", err)
	}
	tolerations := appendTolerations(under, over)
	first := names(under["initContainers"])
	merged, err := strategicpatch.StrategicMergeMapPatch(under, over, corev1.PodSpec{})
	if err != nil {
		return nil, err
	}
	if len(tolerations) > 0 {
		merged["tolerations"] = tolerations
	}
	if list, ok := merged["initContainers"].([]any); ok {
		pipelineFirst(list, first)
	}
	strip(map[string]any(merged))
	if len(merged) == 0 {
		return nil, nil
	}
	return json.Marshal(merged)
}

// remarshal reads generic JSON into a Go type.
func remarshal(from, into any) error {
	b, err := json.Marshal(from)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, into)
}

// plain says that there is nothing that only means something in a merge.
func (p PodSettings) plain() bool {
	return !bytes.Contains(p, []byte("null")) && !bytes.Contains(p, []byte(`"$`))
}

// object is the settings as generic JSON; an empty object when there are none.
func (p PodSettings) object() (map[string]any, error) {
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

// appendTolerations takes the tolerations out of both and gives them as one list. A null in the step's takes the
// pipeline's away, as does a $patch that replaces or deletes all.
func appendTolerations(under, over map[string]any) []any {
	first, _ := under["tolerations"].([]any)
	patch, given := over["tolerations"]
	second, _ := patch.([]any)
	if given && patch == nil || over["$patch"] != nil {
		first = nil
	}
	delete(under, "tolerations")
	delete(over, "tolerations")
	out := slices.Clone(first)
	for _, t := range second {
		if !slices.ContainsFunc(out, func(o any) bool { return reflect.DeepEqual(o, t) }) {
			out = append(out, t)
		}
	}
	return out
}

// names are the names of a list's elements, each with its place.
func names(list any) map[string]int {
	out := map[string]int{}
	elements, _ := list.([]any)
	for i, e := range elements {
		out[nameOf(e)] = i
	}
	return out
}

func nameOf(element any) string {
	m, _ := element.(map[string]any)
	name, _ := m["name"].(string)
	return name
}

// pipelineFirst puts the pipeline's init containers in front, in their order: a strategic merge puts the patch's there,
// and init containers run in the order of the list.
func pipelineFirst(list []any, place map[string]int) {
	rank := func(e any) int {
		if i, ok := place[nameOf(e)]; ok {
			return i
		}
		return len(place)
	}
	slices.SortStableFunc(list, func(a, b any) int { return rank(a) - rank(b) })
}

// strip takes away nulls and what is left of $patch directives: strategicpatch leaves those that had nothing to act on
// inside list elements that are new.
func strip(value any) {
	dropDeleted(value)
	dropDirectives(value)
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

// dropDirectives takes away nulls and the keys of directives.
func dropDirectives(value any) {
	switch v := value.(type) {
	case map[string]any:
		for k, inner := range v {
			if inner == nil || strings.HasPrefix(k, "$") {
				delete(v, k)
				continue
			}
			dropDirectives(inner)
		}
	case []any:
		for _, inner := range v {
			dropDirectives(inner)
		}
	}
}

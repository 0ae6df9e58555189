package v1alpha1

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

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

// mergePodSettings is the step's podSettings laid over the pipeline's, see podmerge. The result has neither nulls nor
// $patch directives.
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
	if deletes(over) {
		return nil, nil
	}
	merged, err := podmerge.PodSpecs(under, over)
	if err != nil || len(merged) == 0 {
		return nil, err
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

func nameOf(element any) string {
	m, _ := element.(map[string]any)
	name, _ := m["name"].(string)
	return name
}

// strip takes away nulls and $patch directives.
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

package podmerge

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

const (
	directive       = "$patch"
	deleteDirective = "delete"
	replaceWhole    = "replace"
)

// PodSpecs returns the partial PodSpec over laid over under. The result has neither nulls nor directives; it may share
// values with its inputs, which stay as they are. It errs when an element of a list that is merged has no key.
func PodSpecs(under, over map[string]any) (map[string]any, error) {
	return merge(reflect.TypeFor[corev1.PodSpec](), nil, under, over)
}

// merge lays one object over another. t is its Go type, or nil for an object that is free in its keys (labels, selectors,
// resources). at are the keys that lead to it, for errors.
func merge(t reflect.Type, at []string, under, over map[string]any) (map[string]any, error) {
	if over[directive] == replaceWhole {
		under = nil
	}
	out := maps.Clone(under)
	if out == nil {
		out = map[string]any{}
	}
	forget(t, out, over)
	fields := fieldsOf(t)
	for _, key := range slices.Sorted(maps.Keys(over)) {
		value, err := mergeValue(fields[key], append(at, key), out[key], over[key])
		if err != nil {
			return nil, err
		}
		if value == nil || strings.HasPrefix(key, "$") {
			delete(out, key)
			continue
		}
		out[key] = value
	}
	return clean(out), nil
}

// mergeValue returns nil where nothing is to stand.
func mergeValue(f field, at []string, under, over any) (any, error) {
	switch over := over.(type) {
	case nil:
		return nil, nil
	case map[string]any:
		if over[directive] == deleteDirective {
			return nil, nil
		}
		below, _ := under.(map[string]any)
		return merge(f.object, at, below, over)
	case []any:
		below, _ := under.([]any)
		return mergeList(f, at, below, over)
	default:
		return over, nil
	}
}

// clean drops what only means something in a merge from an object and from everything in it: what stood underneath was
// never laid over anything.
func clean(object map[string]any) map[string]any {
	out := make(map[string]any, len(object))
	for key, value := range object {
		if strings.HasPrefix(key, "$") {
			continue
		}
		if value, keep := cleanValue(value); keep {
			out[key] = value
		}
	}
	return out
}

func cleanValue(value any) (cleaned any, keep bool) {
	switch value := value.(type) {
	case nil:
		return nil, false
	case map[string]any:
		if value[directive] == deleteDirective {
			return nil, false
		}
		return clean(value), true
	case []any:
		return cleanList(value), true
	}
	return value, true
}

// cleanList keeps nulls, which mean nothing in a list, so that the decoder of the result sees them.
func cleanList(list []any) []any {
	out := make([]any, 0, len(list))
	for _, value := range list {
		if cleaned, keep := cleanValue(value); keep || value == nil {
			out = append(out, cleaned)
		}
	}
	return out
}

func place(at []string) string { return strings.Join(at, ".") }

// keyError is an element that cannot be told from others.
func keyError(at []string, key string) error {
	return fmt.Errorf("an element of %s has no %s", place(at), key)
}

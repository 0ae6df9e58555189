package admission

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// Dropped gives the paths of what was sent of a Pod and is not in the server's answer, as `spec.workloadRef.name`. An API
// server leaves out without a word what it does not know, or knows and has switched off. What was given another value is not
// dropped: webhooks and defaults do that, and mean to.
func Dropped(sent, answered *corev1.Pod) ([]string, error) {
	a, err := plain(sent)
	if err != nil {
		return nil, err
	}
	b, err := plain(answered)
	if err != nil {
		return nil, err
	}
	return missing("", a, b), nil
}

// plain is a Pod as JSON, without what only the server writes.
func plain(pod *corev1.Pod) (map[string]any, error) {
	only := corev1.Pod{Spec: pod.Spec}
	only.Labels, only.Annotations = pod.Labels, pod.Annotations
	data, err := json.Marshal(&only)
	if err != nil {
		return nil, fmt.Errorf("compare pod %s: %w", pod.Name, err)
	}
	var out map[string]any
	if err := json.Unmarshal(data, &out); err != nil {
		return nil, fmt.Errorf("compare pod %s: %w", pod.Name, err)
	}
	delete(out, "status")
	return out, nil
}

// missing gives the shortest path of each thing that is not there: an object that is missing as a whole is one.
func missing(path string, sent, answered any) []string {
	if isEmpty(sent) {
		return nil
	}
	switch s := sent.(type) {
	case map[string]any:
		a, ok := answered.(map[string]any)
		if !ok {
			return []string{path}
		}
		return missingKeys(path, s, a)
	case []any:
		a, ok := answered.([]any)
		if !ok || len(a) == 0 {
			return []string{path}
		}
		return missingElements(path, s, a)
	}
	if answered == nil {
		return []string{path}
	}
	return nil
}

func missingKeys(path string, sent, answered map[string]any) []string {
	var out []string
	for _, key := range slices.Sorted(maps.Keys(sent)) {
		out = append(out, missing(join(path, key), sent[key], answered[key])...)
	}
	return out
}

func join(path, key string) string {
	switch {
	case strings.ContainsAny(key, "./"):
		return path + "[" + key + "]"
	case path == "":
		return key
	}
	return path + "." + key
}

// missingElements: an element is found by its key where it has one. Others stand at their own place, or, where elements were
// added or taken away, anywhere. Lists of plain values have one meaning as a whole and are compared no further.
func missingElements(path string, sent, answered []any) []string {
	var out []string
	for i, s := range sent {
		element, isObject := s.(map[string]any)
		if !isObject {
			continue
		}
		key := keyOf(element)
		at := fmt.Sprintf("%s[%s]", path, name(element, key, i))
		switch {
		case key != "":
			out = append(out, missing(at, element, byKey(answered, element, key))...)
		case len(sent) == len(answered):
			out = append(out, missing(at, s, answered[i])...)
		case !slices.ContainsFunc(answered, func(a any) bool { return len(missing(at, s, a)) == 0 && agrees(s, a) }):
			out = append(out, at)
		}
	}
	return out
}

// keys are the merge keys of the lists in a Pod, those first that tell more.
var keys = []string{"mountPath", "devicePath", "containerPort", "name", "ip", "topologyKey", "conditionType"}

func keyOf(element map[string]any) string {
	for _, k := range keys {
		if element[k] != nil {
			return k
		}
	}
	return ""
}

func name(element map[string]any, key string, index int) string {
	switch v := element[key].(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return strconv.Itoa(index)
}

// byKey gives the element with the same key; of several, such as a port of two protocols, the one that agrees most.
func byKey(list []any, like map[string]any, key string) any {
	var best any
	fewest := -1
	for _, a := range list {
		m, ok := a.(map[string]any)
		if !ok || !equal(m[key], like[key]) {
			continue
		}
		if n := len(missing("", like, m)); fewest < 0 || n < fewest {
			best, fewest = a, n
		}
	}
	return best
}

// agrees reports whether every plain value that was sent is the same in the answer.
func agrees(sent, answered any) bool {
	switch s := sent.(type) {
	case map[string]any:
		a, ok := answered.(map[string]any)
		if !ok {
			return false
		}
		for key, v := range s {
			if !isEmpty(v) && !agrees(v, a[key]) {
				return false
			}
		}
		return true
	case []any:
		a, ok := answered.([]any)
		return ok && slices.EqualFunc(s, a, agrees)
	}
	return equal(sent, answered)
}

// equal compares plain values; quantities are the same in any form.
func equal(a, b any) bool {
	if a == b {
		return true
	}
	p, errA := resource.ParseQuantity(fmt.Sprint(a))
	q, errB := resource.ParseQuantity(fmt.Sprint(b))
	return errA == nil && errB == nil && p.Cmp(q) == 0
}

// isEmpty reports whether something says nothing. False and 0 say something: where they can be left out, they are.
func isEmpty(v any) bool {
	switch x := v.(type) {
	case nil:
		return true
	case string:
		return x == ""
	case []any:
		return len(x) == 0
	case map[string]any:
		for _, inner := range x {
			if !isEmpty(inner) {
				return false
			}
		}
		return true
	}
	return false
}

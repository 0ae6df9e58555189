package podmerge

import (
	"cmp"
	"fmt"
	"path"
	"reflect"
	"slices"
	"strings"
)

func mergeList(f field, at []string, under, over []any) (any, error) {
	switch {
	case f.appended:
		return appendNew(under, over), nil
	case !f.list.merged():
		return cleanList(over), nil
	}
	elements, whole := withoutDirective(f.list, over)
	if whole {
		under = nil
	}
	out, err := mergeElements(f, at, under, elements)
	if err != nil || !f.list.ordered {
		return out, err
	}
	return ordered(out, under, elements), nil
}

// withoutDirective takes the elements that say `$patch: replace` and have no key out of a list; they replace the whole
// list.
func withoutDirective(l listRule, over []any) (elements []any, whole bool) {
	for _, e := range over {
		element, _ := e.(map[string]any)
		if key, _ := l.keyOf(element); key == "" && element[directive] == replaceWhole {
			whole = true
			continue
		}
		elements = append(elements, e)
	}
	return elements, whole
}

// mergeElements keeps the elements that are there in their order and appends those that are new. Two elements of over with
// the same key are two, as their author wrote them: one port of a container can be two ports of the node.
func mergeElements(f field, at []string, under, over []any) ([]any, error) {
	out := cleanList(under)
	places := map[string]int{}
	for i, e := range out {
		element, _ := e.(map[string]any)
		if key, _ := f.list.keyOf(element); key != "" {
			places[key] = i
		}
	}
	for _, e := range over {
		element, isObject := e.(map[string]any)
		key, missing := f.list.keyOf(element)
		if !isObject || key == "" {
			return nil, keyError(at, cmp.Or(missing, f.list.keys[0]))
		}
		i, known := places[key]
		if element[directive] == deleteDirective {
			if known {
				out[i] = deleted{}
				delete(places, key)
			}
			continue
		}
		var below map[string]any
		if known {
			below, _ = out[i].(map[string]any)
		}
		merged, err := merge(f.object, append(at, key), f.list.kept(below, element), element)
		if err != nil {
			return nil, err
		}
		if known {
			out[i] = merged
			delete(places, key)
			continue
		}
		out = append(out, merged)
	}
	return slices.DeleteFunc(out, func(e any) bool { return e == deleted{} }), nil
}

// deleted stands in a list for an element that is gone.
type deleted struct{}

// merged reports whether elements are merged by their keys; other lists are replaced whole.
func (l listRule) merged() bool { return len(l.keys) > 0 }

// keyOf returns what tells an element from others, or the name of the key that it lacks.
func (l listRule) keyOf(element map[string]any) (key, missing string) {
	var parts []string
	for _, k := range l.keys {
		value, there := element[k]
		if !there || value == nil || value == "" {
			value = l.defaults[k]
		}
		if value == nil {
			return "", k
		}
		text := fmt.Sprint(value)
		if l.paths {
			text = path.Clean(text)
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "/"), ""
}

// kept is what an element leaves of the one underneath before it is merged over it: nothing where they are about
// different things.
func (l listRule) kept(under, over map[string]any) map[string]any {
	if l.about == "" || over[l.about] == nil || reflect.DeepEqual(over[l.about], under[l.about]) {
		return under
	}
	return nil
}

func appendNew(under, over []any) []any {
	out := cleanList(under)
	for _, e := range cleanList(over) {
		if !slices.ContainsFunc(out, func(o any) bool { return reflect.DeepEqual(o, e) }) {
			out = append(out, e)
		}
	}
	return out
}

package reference

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/stepherd/stepherd/internal/suggest"
)

// Place is what a path leads to: the file itself, where Field is nil, or one of its keys.
type Place struct {
	Path  string
	Field *Field
	// Type is the type of the elements; nil for builtin ones.
	Type *Type
}

// index is an element of a list, as in steps[0] or steps[].
var index = regexp.MustCompile(`\[[^]]*\]`)

// Find returns the place of a path such as settings.retry or steps[0].name. An empty path is the file; it may begin with the
// kind, as in pipeline.settings. The error is a sentence on the first key that there is not.
func (r *Reference) Find(path string) (Place, error) {
	at := Place{Type: r.Root()}
	keys := strings.Split(index.ReplaceAllString(path, ""), ".")
	if strings.EqualFold(keys[0], r.Root().Name) || keys[0] == "" {
		keys = keys[1:]
	}
	for len(keys) > 0 {
		key := at.longest(keys)
		next, err := r.below(at, key)
		if err != nil {
			return at, err
		}
		at, keys = next, keys[1+strings.Count(key, "."):]
	}
	return at, nil
}

// longest returns the first key of a path. ZenML's has a dot in it.
func (at Place) longest(keys []string) string {
	for n := len(keys); n > 1 && at.Type != nil; n-- {
		if key := strings.Join(keys[:n], "."); at.Type.field(key) != nil {
			return key
		}
	}
	return keys[0]
}

// below goes one key down.
func (r *Reference) below(at Place, key string) (Place, error) {
	if at.Field != nil {
		if _, ownKeys := Element(at.Field.Type); ownKeys {
			return at, fmt.Errorf("the keys of %s are yours", at.Path)
		}
	}
	switch {
	case at.Type != nil && at.Type.Open && at.Type.Kubectl != "":
		return at, fmt.Errorf("%s belongs to Kubernetes; see: kubectl explain %s.%s", at.Path, at.Type.Kubectl, key)
	case at.Type != nil && at.Type.Open:
		return at, fmt.Errorf("the keys of %s are not explained here: %s", at.Path, plain(at.Type.Doc))
	case at.Type == nil || len(at.Type.Fields) == 0:
		return at, fmt.Errorf("%s is a value without keys", at.Path)
	}
	field := at.Type.field(key)
	if field == nil {
		return at, r.unknown(at, key)
	}
	name, _ := Element(field.Type)
	return Place{Path: strings.TrimPrefix(at.Path+"."+key, "."), Field: field, Type: r.Type(name)}, nil
}

// unknown is the sentence about a key that there is not.
func (r *Reference) unknown(at Place, key string) error {
	place := "the pipeline file"
	if at.Path != "" {
		place = at.Path
	}
	var known []string
	for i := range at.Type.Fields {
		known = append(known, at.Type.Fields[i].Name)
	}
	if near := suggest.Closest(key, known); near != "" {
		return fmt.Errorf("%s has no key %q; did you mean %q?", place, key, strings.TrimPrefix(at.Path+"."+near, "."))
	}
	if elsewhere := r.elsewhere(key); elsewhere != "" {
		return fmt.Errorf("%s has no key %q; did you mean %q?", place, key, elsewhere)
	}
	return fmt.Errorf("%s has no key %q; there are %s", place, key, strings.Join(known, ", "))
}

// elsewhere is the shortest path to a key of that name; empty if there is none.
func (r *Reference) elsewhere(key string) string {
	level := []Place{{Type: r.Root()}}
	for len(level) > 0 {
		var next []Place
		for _, at := range level {
			for i := range at.Type.Fields {
				f := &at.Type.Fields[i]
				path := strings.TrimPrefix(at.Path+"."+f.Name, ".")
				if suggest.Fold(f.Name) == suggest.Fold(key) {
					return path
				}
				if name, ownKeys := Element(f.Type); !ownKeys && r.Type(name) != nil {
					next = append(next, Place{Path: path, Field: f, Type: r.Type(name)})
				}
			}
		}
		level = next
	}
	return ""
}

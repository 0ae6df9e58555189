package typecheck

import (
	"reflect"
	"strings"
)

// shape is a struct type as JSON sees it.
type shape struct {
	Names []string // in the order of the Go type
	Types map[string]reflect.Type
}

// Shapes remembers shapes for the time of one Decode.
type Shapes map[reflect.Type]*shape

// Of returns the shape of a struct type.
func (s Shapes) Of(t reflect.Type) *shape {
	if known, ok := s[t]; ok {
		return known
	}
	out := &shape{Types: map[string]reflect.Type{}}
	out.collect(t)
	s[t] = out
	return out
}

// collect takes the fields in; embedded ones (VolumeSource in Volume) belong to the struct around them.
func (s *shape) collect(t reflect.Type) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && (name == "" || strings.Contains(options, "inline")):
			s.collect(f.Type)
		case name == "-" || !f.IsExported():
		default:
			if name == "" {
				name = f.Name
			}
			s.Names = append(s.Names, name)
			s.Types[name] = f.Type
		}
	}
}

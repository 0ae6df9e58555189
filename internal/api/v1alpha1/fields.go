package v1alpha1

import (
	"reflect"
	"strings"
)

// shape is a struct type as JSON sees it.
type shape struct {
	names []string // in the order of the Go type
	types map[string]reflect.Type
}

// shapes remembers shapes for the time of one Decode.
type shapes map[reflect.Type]*shape

func (s shapes) of(t reflect.Type) *shape {
	if known, ok := s[t]; ok {
		return known
	}
	out := &shape{types: map[string]reflect.Type{}}
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
			s.names = append(s.names, name)
			s.types[name] = f.Type
		}
	}
}

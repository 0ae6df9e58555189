package v1alpha1

import (
	"reflect"
	"strings"
)

// firstVersion is the first driver that there was.
const firstVersion = "v0.1.0"

// keysSince are the keys of a pipeline that came after the first version, as Type.key, with the first version that knows them.
// A driver refuses keys that it does not know.
var keysSince = map[string]string{}

// MinDriver is the version of the oldest driver that understands a pipeline, and the key that needs it, as settings.retry;
// empty where the first version does.
func MinDriver(p *Pipeline) (version, key string) {
	m := minDriver{since: keysSince, version: firstVersion}
	m.walk(reflect.ValueOf(p), "")
	return m.version, m.key
}

type minDriver struct {
	since        map[string]string
	version, key string
}

// walk looks at all that is set in types of this package; others' are Kubernetes', and the API server knows them or not.
func (m *minDriver) walk(v reflect.Value, at string) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			m.walk(v.Elem(), at)
		}
	case reflect.Slice:
		for i := range v.Len() {
			if v.Type().Elem().PkgPath() == ownPackage {
				m.walk(v.Index(i), at)
			}
		}
	case reflect.Struct:
		if v.Type().PkgPath() == ownPackage {
			m.fields(v, at)
		}
	default:
	}
}

func (m *minDriver) fields(v reflect.Value, at string) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if v.Field(i).IsZero() {
			continue
		}
		key := jsonName(f)
		path := strings.TrimPrefix(at+"."+key, ".")
		if since := m.since[v.Type().Name()+"."+key]; OlderVersion(m.version, since) {
			m.version, m.key = since, path
		}
		m.walk(v.Field(i), path)
	}
}

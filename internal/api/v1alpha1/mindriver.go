package v1alpha1

import (
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var thisPackage = reflect.TypeFor[Pipeline]().PkgPath()

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
			if v.Type().Elem().PkgPath() == thisPackage {
				m.walk(v.Index(i), at)
			}
		}
	case reflect.Struct:
		if v.Type().PkgPath() == thisPackage {
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

// versionForm is a version as releases and tags of driver images have it. What follows the three numbers, as in
// v0.2.0-rc.1, is a build of that version.
var versionForm = regexp.MustCompile(`^v(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:[-+].*)?$`)

// parseVersion takes v0.0.0, which builds without a release have, for no version.
func parseVersion(text string) ([]int, bool) {
	parts := versionForm.FindStringSubmatch(text)
	if parts == nil {
		return nil, false
	}
	numbers := make([]int, 3)
	for i, part := range parts[1:] {
		numbers[i], _ = strconv.Atoi(part) // has nine digits at most
	}
	return numbers, numbers[0] > 0 || numbers[1] > 0
}

// OlderVersion reports whether version is known to come before needed: what is no version, as dev or latest, is not judged.
func OlderVersion(version, needed string) bool {
	a, known := parseVersion(version)
	b, wanted := parseVersion(needed)
	return known && wanted && slices.Compare(a, b) < 0
}

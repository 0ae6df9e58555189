package v1alpha1

import (
	"reflect"
	"testing"
	"time"
)

func TestOlderVersion(t *testing.T) {
	for _, row := range []struct {
		version, needed string
		want            bool
	}{
		{"v0.1.0", "v0.2.0", true},
		{"v0.2.0", "v0.2.0", false},
		{"v0.2.1", "v0.2.0", false},
		{"v0.9.0", "v0.10.0", true},
		{"v1.0.0", "v0.10.0", false},
		{"v0.2.0-rc.1", "v0.2.0", false},
		{"v0.1.9+dirty", "v0.2.0", true},
		{"", "v0.2.0", false},
		{"dev", "v0.2.0", false},
		{"latest", "v0.2.0", false},
		{"0.1.0", "v0.2.0", false},
		{"v0.1", "v0.2.0", false},
		{"v0.1.0", "", false},
		{"v0.0.0-20261129", "v0.2.0", false},
		{"v99999999999.0.0", "v0.2.0", false},
	} {
		if got := OlderVersion(row.version, row.needed); got != row.want {
			t.Errorf("%s before %s: got %v", row.version, row.needed, got)
		}
	}
}

func TestMinDriver(t *testing.T) {
	hour := Duration(time.Hour)
	since := map[string]string{"Pipeline.timeout": "v0.2.0", "Retry.onOOM": "v0.3.0", "Driver.quit": "v0.10.0", "Step.args": "v0.4.0"}
	for _, row := range []struct {
		name         string
		pipeline     Pipeline
		version, key string
	}{
		{"nothing new", Pipeline{Steps: []Step{{Name: "a", Command: []string{"x"}}}}, "v0.1.0", ""},
		{"at the top", Pipeline{Timeout: &hour}, "v0.2.0", "timeout"},
		{"below, and newer", Pipeline{Timeout: &hour, Settings: Settings{Retry: &Retry{OnOOM: &OnOOM{}}}}, "v0.3.0", "settings.retry.onOOM"},
		{"in a step", Pipeline{Steps: []Step{{}, {Args: []string{"x"}}, {}}}, "v0.4.0", "steps.args"},
		{"set to nothing", Pipeline{Driver: Driver{Quit: []string{}}}, "v0.10.0", "driver.quit"},
	} {
		t.Run(row.name, func(t *testing.T) {
			m := minDriver{since: since, version: firstVersion}
			m.walk(reflect.ValueOf(&row.pipeline), "")
			if m.version != row.version || m.key != row.key {
				t.Errorf("got %s for %q, want %s for %q", m.version, m.key, row.version, row.key)
			}
		})
	}
}

// TestKeysSince: what keysSince names is a key of a pipeline, and came with a later version than the first.
func TestKeysSince(t *testing.T) {
	keys, seen := map[string]bool{}, map[reflect.Type]bool{}
	var list func(reflect.Type)
	list = func(typ reflect.Type) {
		for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct || typ.PkgPath() != thisPackage || seen[typ] {
			return
		}
		seen[typ] = true
		for i := range typ.NumField() {
			keys[typ.Name()+"."+jsonName(typ.Field(i))] = true
			list(typ.Field(i).Type)
		}
	}
	list(reflect.TypeFor[Pipeline]())
	if !keys["Settings.retry"] || !keys["Driver.quit"] {
		t.Fatalf("found %v", keys)
	}
	for name, since := range keysSince {
		if !keys[name] || !OlderVersion(firstVersion, since) {
			t.Errorf("keysSince has %s %s, which is no key of a pipeline, or no later version", name, since)
		}
	}
}

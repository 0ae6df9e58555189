package v1alpha1

import (
	"reflect"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/suggest"
)

// zenmlKey is the key in settings under which ZenML keeps what its Kubernetes orchestrator is to do.
const zenmlKey = "orchestrator.kubernetes"

// zenml rewrites the ZenML form of settings into ours, in the tree, before anything else looks at it. Values are moved,
// not copied, and keep the place and path that they have in the file.
type zenml struct {
	*collector
	shapes shapes
	root   *value
	places places
}

// normalise rewrites the settings of pipeline and steps.
func (z *zenml) normalise() {
	if settings := z.root.get("settings"); settings != nil {
		z.settings(settings, true)
	}
	if steps := z.root.get("steps"); steps != nil {
		for _, step := range steps.items {
			if settings := step.get("settings"); settings != nil {
				z.settings(settings, false)
			}
		}
	}
}

// settings rewrites one settings object, if it has keys of ZenML.
func (z *zenml) settings(settings *value, ofPipeline bool) {
	target := zenmlTarget{zenml: z, object: settings, container: MainContainer, ofPipeline: ofPipeline}
	target.zenmlResources(settings.get("resources"))
	form := z.orchestrator(&target)
	if form == nil || form.kind == isNull || !z.isObject(form) {
		return
	}
	for _, f := range form.fields {
		if f.value.kind != isNull {
			target.setting(f)
		}
	}
	if account := form.zenmlGet("service_account_name"); account != nil && form.zenmlGet("step_pod_service_account_name") == nil {
		target.put("serviceAccountName", account) // ZenML's steps fall back to it
	}
}

func (z *zenml) isObject(v *value) bool {
	if v.kind != isObject {
		z.atValue(v, "found %s where a mapping of keys to values is wanted", v.describe())
		return false
	}
	return true
}

// driver is the driver's object, made if the file has none; nil if it is no object.
func (z *zenml) driver(origin *value) *value {
	driver := z.root.get("driver")
	if driver == nil || driver.kind == isNull {
		z.root.fields = slices.DeleteFunc(z.root.fields, func(f field) bool { return f.key == "driver" })
		driver = z.root.child("driver", isObject, origin)
		z.root.add("driver", driver)
	}
	if driver.kind != isObject {
		return nil // reported by the type check
	}
	return driver
}

// zenmlGet is get in either spelling.
func (v *value) zenmlGet(key string) *value {
	for _, f := range v.fields {
		if zenmlWord(f.key) == key && f.value.kind != isNull {
			return f.value
		}
	}
	return nil
}

// zenmlWord is a key in ZenML's own spelling, from nodeSelectors or node_selectors.
func zenmlWord(key string) string {
	if strings.Contains(key, "_") || key == "" || key[0] >= 'A' && key[0] <= 'Z' {
		return key
	}
	var out strings.Builder
	for i, r := range key {
		upper := r >= 'A' && r <= 'Z'
		if upper && i > 0 && !(key[i-1] >= 'A' && key[i-1] <= 'Z') { // hostIPC is host_ipc
			out.WriteByte('_')
		}
		if upper {
			r += 'a' - 'A'
		}
		out.WriteRune(r)
	}
	return out.String()
}

// empty says that there is nothing in it.
func (v *value) empty() bool {
	return v.kind == isNull || v.kind == isObject && len(v.fields) == 0 || v.kind == isList && len(v.items) == 0
}

// respell renames the keys of a Kubernetes object from the Python client's spelling (match_expressions) to the API's.
// Keys that are the user's data (labels, node selectors, resource names) are in maps and stay. Nulls are dropped: they
// are what unset attributes of the client's objects become in a dictionary.
func (z *zenml) respell(v *value, t reflect.Type) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case v.kind == isList && t.Kind() == reflect.Slice:
		for _, item := range v.items {
			z.respell(item, t.Elem())
		}
	case v.kind == isObject && t.Kind() == reflect.Map:
		for _, f := range v.fields {
			z.respell(f.value, t.Elem())
		}
	case v.kind == isObject && t.Kind() == reflect.Struct && t != typeQuantity && t != typeIntOrString:
		z.respellFields(v, t)
	}
}

func (z *zenml) respellFields(v *value, t reflect.Type) {
	shape := z.shapes.of(t)
	v.fields = slices.DeleteFunc(v.fields, func(f field) bool { return f.value.kind == isNull })
	for i := range v.fields {
		f := &v.fields[i]
		if shape.types[f.key] == nil {
			name := fromSnake(f.key, shape.names)
			if name == "" {
				continue // reported by the type check
			}
			if other := v.get(name); other != nil {
				z.atKey(f.value, "%s and %s are two spellings of one key; the other is in line %d: keep one", quote(f.key), quote(name), other.keyLine)
				f.value.broken = true
				continue
			}
			f.key = name
		}
		z.respell(f.value, shape.types[f.key])
	}
}

// fromSnake finds the API's name of a snake_case key. The Python client also writes _from for from.
func fromSnake(key string, names []string) string {
	if key != strings.ToLower(key) {
		return ""
	}
	for _, n := range names {
		if suggest.Fold(n) == suggest.Fold(key) {
			return n
		}
	}
	return ""
}

var (
	typeEnv          = reflect.TypeFor[[]corev1.EnvVar]()
	typeEnvFrom      = reflect.TypeFor[[]corev1.EnvFromSource]()
	typeRequirements = reflect.TypeFor[corev1.ResourceRequirements]()
	typeAffinity     = reflect.TypeFor[corev1.Affinity]()
	typeTolerations  = reflect.TypeFor[[]corev1.Toleration]()
	typeVolumes      = reflect.TypeFor[[]corev1.Volume]()
	typeVolumeMounts = reflect.TypeFor[[]corev1.VolumeMount]()
	typeContext      = reflect.TypeFor[corev1.SecurityContext]()
	typeLabels       = reflect.TypeFor[map[string]string]()
	typeFlag         = reflect.TypeFor[bool]()
	typeText         = reflect.TypeFor[string]()
)

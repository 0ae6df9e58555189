package zenml

import (
	"reflect"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/stepherd/stepherd/internal/api/typecheck"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/wording"
	"github.com/stepherd/stepherd/internal/api/yamltree"
	"github.com/stepherd/stepherd/internal/suggest"
)

// orchestratorKey is the key in settings under which ZenML keeps what its Kubernetes orchestrator is to do.
const orchestratorKey = "orchestrator.kubernetes"

// rewriter rewrites the ZenML form of settings into ours, in the tree, before anything else looks at it. Values are moved,
// not copied, and keep the place and path that they have in the file.
type rewriter struct {
	*yamltree.Collector
	shapes typecheck.Shapes
	root   *yamltree.Value
	places Places
}

// Normalize rewrites the settings of pipeline and steps, and returns where the run belongs according to the file.
func Normalize(root *yamltree.Value, known typecheck.Shapes, c *yamltree.Collector) Places {
	z := &rewriter{Collector: c, shapes: known, root: root}
	z.pipeline()
	return z.places
}

func (z *rewriter) pipeline() {
	if settings := z.root.Get("settings"); settings != nil {
		z.settings(settings, true)
	}
	for _, key := range []string{"steps", "finally"} {
		steps := z.root.Get(key)
		if steps == nil {
			continue
		}
		for _, step := range steps.Items {
			if settings := step.Get("settings"); settings != nil {
				z.settings(settings, false)
			}
		}
	}
}

// settings rewrites one settings object, if it has keys of ZenML.
func (z *rewriter) settings(settings *yamltree.Value, ofPipeline bool) {
	target := target{rewriter: z, object: settings, container: v1alpha1.MainContainer, ofPipeline: ofPipeline}
	target.zenmlResources(settings.Get("resources"))
	form := z.orchestrator(&target)
	if form == nil || form.Kind == yamltree.Null || !z.isObject(form) {
		return
	}
	for _, f := range form.Fields {
		if f.Value.Kind != yamltree.Null {
			target.setting(f)
		}
	}
	if account := getEither(form, "service_account_name"); account != nil && getEither(form, "step_pod_service_account_name") == nil {
		target.put("serviceAccountName", account) // ZenML's steps fall back to it
	}
}

func (z *rewriter) isObject(v *yamltree.Value) bool {
	if v.Kind != yamltree.Object {
		z.AtValue(v, "found %s where a mapping of keys to values is wanted", v.Describe())
		return false
	}
	return true
}

// driver is the driver's object, made if the file has none; nil if it is no object.
func (z *rewriter) driver(origin *yamltree.Value) *yamltree.Value {
	driver := z.root.Get("driver")
	if driver == nil || driver.Kind == yamltree.Null {
		z.root.Fields = slices.DeleteFunc(z.root.Fields, func(f yamltree.Field) bool { return f.Key == "driver" })
		driver = z.root.Child("driver", yamltree.Object, origin)
		z.root.Add("driver", driver)
	}
	if driver.Kind != yamltree.Object {
		return nil // reported by the type check
	}
	return driver
}

// getEither returns the value of a key in either spelling; nil if there is none.
func getEither(v *yamltree.Value, key string) *yamltree.Value {
	for _, f := range v.Fields {
		if snakeCase(f.Key) == key && f.Value.Kind != yamltree.Null {
			return f.Value
		}
	}
	return nil
}

// snakeCase is a key in ZenML's own spelling, from nodeSelectors or node_selectors.
func snakeCase(key string) string {
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

// respell renames the keys of a Kubernetes object from the Python client's spelling (match_expressions) to the API's.
// Keys that are the user's data (labels, node selectors, resource names) are in maps and stay. Nulls are dropped: they
// are what unset attributes of the client's objects become in a dictionary.
func (z *rewriter) respell(v *yamltree.Value, t reflect.Type) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case v.Kind == yamltree.List && t.Kind() == reflect.Slice:
		for _, item := range v.Items {
			z.respell(item, t.Elem())
		}
	case v.Kind == yamltree.Object && t.Kind() == reflect.Map:
		for _, f := range v.Fields {
			z.respell(f.Value, t.Elem())
		}
	case v.Kind == yamltree.Object && t.Kind() == reflect.Struct && t != quantityType && t != intOrStringType:
		z.respellFields(v, t)
	}
}

func (z *rewriter) respellFields(v *yamltree.Value, t reflect.Type) {
	shape := z.shapes.Of(t)
	v.Fields = slices.DeleteFunc(v.Fields, func(f yamltree.Field) bool { return f.Value.Kind == yamltree.Null })
	for i := range v.Fields {
		f := &v.Fields[i]
		if shape.Types[f.Key] == nil {
			name := fromSnake(f.Key, shape.Names)
			if name == "" {
				continue // reported by the type check
			}
			if other := v.Get(name); other != nil {
				z.AtKey(f.Value, "%s and %s are two spellings of one key; the other is in line %d: keep one", wording.Quote(f.Key), wording.Quote(name), other.KeyLine)
				f.Value.Broken = true
				continue
			}
			f.Key = name
		}
		z.respell(f.Value, shape.Types[f.Key])
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
	podSpecType      = reflect.TypeFor[corev1.PodSpec]()
	quantityType     = reflect.TypeFor[resource.Quantity]()
	intOrStringType  = reflect.TypeFor[intstr.IntOrString]()
)

package podmerge

import (
	"reflect"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
)

// field is how one key of an object is merged.
type field struct {
	object   reflect.Type // of the value, or of the elements of its list, where they are structs
	list     listRule
	appended bool // elements have no key: new ones are appended
}

// listRule is how the elements of a list are told apart; without keys the list is replaced whole.
type listRule struct {
	keys     []string
	defaults map[string]any // what the API server takes for a key that is left out
	paths    bool           // the key is a path: /data and /data/ are the same
	about    string         // an element that has another value here has nothing in common with the one underneath
	ordered  bool           // environment variables, which refer to those before them
}

// lists are the rules beyond the one key of `patchMergeKey`. The further keys are those of server-side apply: TestListKeys
// holds them to the `+listMapKey` marks of the API's source.
var lists = map[reflect.Type]listRule{
	reflect.TypeFor[corev1.ContainerPort](): {
		keys: []string{"containerPort", "protocol"}, defaults: map[string]any{"protocol": string(corev1.ProtocolTCP)},
	},
	reflect.TypeFor[corev1.TopologySpreadConstraint](): {
		keys: []string{"topologyKey", "whenUnsatisfiable"}, defaults: map[string]any{"whenUnsatisfiable": ""},
	},
	// A mount of another volume has no use for the subPath and readOnly of the one that it replaces.
	reflect.TypeFor[corev1.VolumeMount]():  {keys: []string{"mountPath"}, paths: true, about: "name"},
	reflect.TypeFor[corev1.VolumeDevice](): {keys: []string{"devicePath"}, paths: true, about: "name"},
	reflect.TypeFor[corev1.EnvVar]():       {keys: []string{"name"}, ordered: true},
}

// appended are the element types whose lists grow.
var appended = map[reflect.Type]bool{reflect.TypeFor[corev1.Toleration](): true}

// structFields are the fields of each struct type by their JSON keys; embedded structs belong to the one around them.
var structFields sync.Map // reflect.Type -> map[string]field

func fieldsOf(t reflect.Type) map[string]field {
	if t == nil || t.Kind() != reflect.Struct {
		return nil
	}
	if known, ok := structFields.Load(t); ok {
		return known.(map[string]field)
	}
	out := map[string]field{}
	collect(t, out)
	structFields.Store(t, out)
	return out
}

func collect(t reflect.Type, into map[string]field) {
	for i := range t.NumField() {
		f := t.Field(i)
		key, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && (key == "" || strings.Contains(options, "inline")) {
			collect(f.Type, into)
			continue
		}
		into[key] = fieldRule(f)
	}
}

func fieldRule(f reflect.StructField) field {
	t := f.Type
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return field{}
	}
	rule := field{object: t, appended: appended[t]}
	if strings.Contains(f.Tag.Get("patchStrategy"), "merge") {
		rule.list = listRule{keys: []string{f.Tag.Get("patchMergeKey")}}
		if own, ok := lists[t]; ok {
			rule.list = own
		}
	}
	return rule
}

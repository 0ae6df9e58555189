package podmerge

import (
	"reflect"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// oneOfs are groups of keys; an object may have one key of a group. TestOneOfsOfTheAPI looks through the API's source for more of them.
var oneOfs = map[reflect.Type][]string{
	reflect.TypeFor[corev1.Volume]():                    keysOf(reflect.TypeFor[corev1.VolumeSource]()),
	reflect.TypeFor[corev1.Probe]():                     keysOf(reflect.TypeFor[corev1.ProbeHandler]()),
	reflect.TypeFor[corev1.LifecycleHandler]():          keysOf(reflect.TypeFor[corev1.LifecycleHandler]()),
	reflect.TypeFor[corev1.EnvVar]():                    {"value", "valueFrom"},
	reflect.TypeFor[corev1.EnvVarSource]():              keysOf(reflect.TypeFor[corev1.EnvVarSource]()),
	reflect.TypeFor[corev1.PodResourceClaim]():          {"resourceClaimName", "resourceClaimTemplateName"},
	reflect.TypeFor[corev1.PodSchedulingGroup]():        keysOf(reflect.TypeFor[corev1.PodSchedulingGroup]()),
	reflect.TypeFor[corev1.VolumeMount]():               {"subPath", "subPathExpr"},
	reflect.TypeFor[corev1.FlockerVolumeSource]():       {"datasetName", "datasetUUID"},
	reflect.TypeFor[corev1.PersistentVolumeClaimSpec](): {"dataSource", "dataSourceRef"},
	// Two names of one field; the API server takes the new one.
	reflect.TypeFor[corev1.PodSpec](): {"serviceAccountName", "serviceAccount"},
}

// kinds are the objects whose key `type` decides what their other keys mean: localhostProfile belongs to Localhost.
var kinds = map[reflect.Type]string{
	reflect.TypeFor[corev1.SeccompProfile]():  "type",
	reflect.TypeFor[corev1.AppArmorProfile](): "type",
}

// forget drops from an object what the one that is laid over it replaces.
func forget(t reflect.Type, under, over map[string]any) {
	if kind, ok := kinds[t]; ok && over[kind] != nil && !reflect.DeepEqual(over[kind], under[kind]) {
		clear(under)
	}
	members := oneOfs[t]
	if !slices.ContainsFunc(members, func(m string) bool { return over[m] != nil && !deletes(over[m]) }) {
		return
	}
	for _, member := range members {
		if over[member] == nil {
			delete(under, member)
		}
	}
}

func deletes(value any) bool {
	object, ok := value.(map[string]any)
	return ok && object[directive] == deleteDirective
}

func keysOf(t reflect.Type) []string {
	var keys []string
	for key := range fieldsOf(t) {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

package v1alpha1

import (
	"reflect"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Logs is what is kept of the steps' logs.
type Logs struct {
	// Archive keeps each container's log of each attempt as a compressed file, for when its Pod is gone.
	Archive *LogArchive `json:"archive,omitempty"`
}

// LogArchive is where logs are kept.
type LogArchive struct {
	// Volume is mounted into the driver's Pod, and read-only into the Pod by which the launcher reads the archive. It must
	// outlive both: any source of a volume that Kubernetes has (kubectl explain pod.spec.volumes) but those that end with a Pod
	// or cannot be written.
	//
	// +example={persistentVolumeClaim: {claimName: logs}}
	Volume corev1.VolumeSource `json:"volume"`
}

// VolumeSources are the keys of a volume's sources, in the order of the Go type.
func VolumeSources(volume *corev1.VolumeSource) []string {
	var given []string
	v := reflect.ValueOf(volume).Elem()
	for i := range v.NumField() {
		if !v.Field(i).IsNil() {
			given = append(given, jsonName(v.Type().Field(i)))
		}
	}
	return given
}

func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

// ReadOnlyVolume reports whether a volume's source is marked as read-only.
func ReadOnlyVolume(volume *corev1.VolumeSource) bool {
	v := reflect.ValueOf(volume).Elem()
	for i := range v.NumField() {
		source := v.Field(i)
		if source.IsNil() {
			continue
		}
		flag := reflect.Indirect(source.Elem().FieldByName("ReadOnly"))
		if flag.IsValid() && flag.Kind() == reflect.Bool && flag.Bool() {
			return true
		}
	}
	return false
}

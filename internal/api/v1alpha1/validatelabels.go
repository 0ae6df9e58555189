package v1alpha1

import (
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

// reserved says why a key may not be the user's; empty if it may. With the Job controller's labels a step Pod would be
// taken for one of the Job's own.
func reserved(key string) string {
	switch {
	case strings.HasPrefix(key, Prefix):
		return "everything under " + Prefix + " belongs to Stepherd"
	case key == LabelManagedBy || key == LabelComponent:
		return "Stepherd sets it"
	case strings.HasPrefix(key, "batch.kubernetes.io/"), key == "job-name", key == "controller-uid":
		return "it belongs to the Job controller of Kubernetes"
	}
	return ""
}

func (v *validator) labels(at *path, labels map[string]string) {
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		v.key(at.field(key), key, key, "label")
		if value := labels[key]; len(validation.IsValidLabelValue(value)) > 0 {
			v.report(at.field(key), "%s is not a valid value of a label: use at most 63 of A-Z, a-z, 0-9, -, _ and ., beginning and ending with a letter or digit", quote(value))
		}
	}
}

func (v *validator) annotations(at *path, annotations map[string]string) {
	for _, key := range slices.Sorted(maps.Keys(annotations)) {
		v.key(at.field(key), key, strings.ToLower(key), "annotation") // as the API server does it
	}
}

func (v *validator) key(at *path, key, name, what string) {
	if why := reserved(key); why != "" {
		v.report(at, "the %s %s is reserved: %s; choose another key", what, quote(key), why)
		return
	}
	article := "a "
	if what == "annotation" {
		article = "an "
	}
	if len(validation.IsQualifiedName(name)) > 0 {
		v.report(at, "%s is not a valid key of %s: use [prefix/]name with at most 63 of A-Z, a-z, 0-9, -, _ and . in the name", quote(key), article+what)
	}
}

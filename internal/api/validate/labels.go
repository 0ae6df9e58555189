package validate

import (
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/wording"
	"github.com/stepherd/stepherd/internal/api/yamltree"
)

// reserved returns why a key may not be the user's; empty if it may. With the Job controller's labels a step Pod would be
// taken for one of the Job's own.
func reserved(key string) string {
	switch {
	case strings.HasPrefix(key, v1alpha1.Prefix):
		return "everything under " + v1alpha1.Prefix + " belongs to Stepherd"
	case key == v1alpha1.LabelManagedBy || key == v1alpha1.LabelComponent:
		return "Stepherd sets it"
	case strings.HasPrefix(key, "batch.kubernetes.io/"), key == "job-name", key == "controller-uid":
		return "it belongs to the Job controller of Kubernetes"
	}
	return ""
}

func (v *validator) labels(at *yamltree.Path, labels map[string]string) {
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		v.key(at.Field(key), key, key, "label")
		if value := labels[key]; len(validation.IsValidLabelValue(value)) > 0 {
			v.report(at.Field(key), "%s is not a valid value of a label: use at most 63 of A-Z, a-z, 0-9, -, _ and ., beginning and ending with a letter or digit", wording.Quote(value))
		}
	}
}

func (v *validator) annotations(at *yamltree.Path, annotations map[string]string) {
	for _, key := range slices.Sorted(maps.Keys(annotations)) {
		v.key(at.Field(key), key, strings.ToLower(key), "annotation") // as the API server does it
	}
}

func (v *validator) key(at *yamltree.Path, key, name, what string) {
	if why := reserved(key); why != "" {
		v.report(at, "the %s %s is reserved: %s; choose another key", what, wording.Quote(key), why)
		return
	}
	article := "a "
	if what == "annotation" {
		article = "an "
	}
	if len(validation.IsQualifiedName(name)) > 0 {
		v.report(at, "%s is not a valid key of %s: use [prefix/]name with at most 63 of A-Z, a-z, 0-9, -, _ and . in the name", wording.Quote(key), article+what)
	}
}

package validate

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/stepherd/stepherd/internal/api/wording"
	"github.com/stepherd/stepherd/internal/api/yamltree"
)

func (v *validator) env(at *yamltree.Path, env []corev1.EnvVar) {
	first := make(map[string]int, len(env))
	for i, e := range env {
		name := at.At(i).Field("name")
		switch before, twice := first[e.Name]; {
		case e.Name == "":
			v.report(name, "an environment variable without a name: write {name: NAME, value: ...}")
		case twice:
			v.report(name, "%s is set twice; the first is env[%d]%s: keep one", wording.Quote(e.Name), before, v.line(at.At(before)))
		case len(validation.IsRelaxedEnvVarName(e.Name)) > 0: // since Kubernetes 1.32; before, the API server says more
			v.report(name, "%s is not a valid name of an environment variable: it may have all printable ASCII characters but =", wording.Quote(e.Name))
		default:
			first[e.Name] = i
		}
		v.noNUL(at.At(i).Field("value"), e.Value)
		v.envSource(at.At(i), &e)
	}
}

func (v *validator) envSource(at *yamltree.Path, e *corev1.EnvVar) {
	if e.ValueFrom == nil {
		return
	}
	if e.Value != "" {
		v.report(at, "%s has both value and valueFrom: keep one", wording.Quote(e.Name))
		return
	}
	sources := 0
	for _, there := range []bool{e.ValueFrom.FieldRef != nil, e.ValueFrom.ResourceFieldRef != nil, e.ValueFrom.ConfigMapKeyRef != nil,
		e.ValueFrom.SecretKeyRef != nil, e.ValueFrom.FileKeyRef != nil} {
		if there {
			sources++
		}
	}
	if sources != 1 {
		v.report(at.Field("valueFrom"), "valueFrom has %d sources: give it one, such as secretKeyRef: {name: ..., key: ...}", sources)
	}
}

func (v *validator) envFrom(at *yamltree.Path, sources []corev1.EnvFromSource) {
	for i, e := range sources {
		if (e.ConfigMapRef == nil) == (e.SecretRef == nil) {
			v.report(at.At(i), "an element of envFrom has either secretRef or configMapRef: write one of them")
			continue
		}
		if e.SecretRef != nil && e.SecretRef.Name == "" || e.ConfigMapRef != nil && e.ConfigMapRef.Name == "" {
			v.report(at.At(i), "it names no object: write {secretRef: {name: my-secret}} or {configMapRef: {name: my-config}}")
		}
	}
}

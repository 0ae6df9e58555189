package v1alpha1

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
)

func (v *validator) env(at *path, env []corev1.EnvVar) {
	first := make(map[string]int, len(env))
	for i, e := range env {
		name := at.at(i).field("name")
		switch before, twice := first[e.Name]; {
		case e.Name == "":
			v.report(name, "an environment variable without a name: write {name: NAME, value: ...}")
		case twice:
			v.report(name, "%s is set twice; the first is env[%d]%s: keep one", quote(e.Name), before, v.line(at.at(before)))
		case len(validation.IsRelaxedEnvVarName(e.Name)) > 0: // since Kubernetes 1.32; before, the API server says more
			v.report(name, "%s is not a valid name of an environment variable: it may have all printable ASCII characters but =", quote(e.Name))
		default:
			first[e.Name] = i
		}
		v.noNUL(at.at(i).field("value"), e.Value)
		v.envSource(at.at(i), &e)
	}
}

func (v *validator) envSource(at *path, e *corev1.EnvVar) {
	if e.ValueFrom == nil {
		return
	}
	if e.Value != "" {
		v.report(at, "%s has both value and valueFrom: keep one", quote(e.Name))
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
		v.report(at.field("valueFrom"), "valueFrom has %d sources: give it one, such as secretKeyRef: {name: ..., key: ...}", sources)
	}
}

func (v *validator) envFrom(at *path, sources []corev1.EnvFromSource) {
	for i, e := range sources {
		if (e.ConfigMapRef == nil) == (e.SecretRef == nil) {
			v.report(at.at(i), "an element of envFrom has either secretRef or configMapRef: write one of them")
			continue
		}
		if e.SecretRef != nil && e.SecretRef.Name == "" || e.ConfigMapRef != nil && e.ConfigMapRef.Name == "" {
			v.report(at.at(i), "it names no object: write {secretRef: {name: my-secret}} or {configMapRef: {name: my-config}}")
		}
	}
}

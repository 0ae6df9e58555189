package pipelinefile

import (
	"reflect"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/typecheck"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/yamltree"
	"github.com/stepherd/stepherd/internal/expr"
)

// Where expressions are allowed, in the words of messages.
const allowed = "expressions are allowed in command, args, env and when, and those of parameters and run.pipeline alone also in image, workingDir, timeouts, and cpu, memory and gpu of resources"

// The keys whose expressions have their value before the run is submitted, and those whose expressions the driver evaluates.
var (
	submitKeys      = []string{"timeout", "finallyTimeout"}
	submitSettings  = []string{"image", "workingDir", "timeout", "startTimeout", "initTimeout", "queueTimeout", "imagePullGrace"}
	submitResources = []string{"cpu", "memory", "gpu"}
	evaluatedOfStep = []string{"command", "args", "when", "script", "shell"} // validate refuses those of a script
	withoutPlaces   = []string{"parameters", "arguments"}                    // data, in which nothing is evaluated
	stepLists       = []string{"steps", "finally"}
)

var (
	typePipeline  = reflect.TypeFor[v1alpha1.Pipeline]()
	typeDriver    = reflect.TypeFor[v1alpha1.Driver]()
	typeStep      = reflect.TypeFor[v1alpha1.Step]()
	typeSettings  = reflect.TypeFor[v1alpha1.Settings]()
	typeResources = reflect.TypeFor[v1alpha1.Resources]()
	typeVariable  = reflect.TypeFor[corev1.EnvVar]()
)

// placeFinder goes through a tree and finds every expression but those that the driver evaluates.
type placeFinder struct {
	*yamltree.Collector
	shapes  typecheck.Shapes
	resolve func(*yamltree.Value) // for one that has its value before the run is submitted
}

func (f *placeFinder) file(root *yamltree.Value) {
	f.object(root, typePipeline, func(key string, v *yamltree.Value) bool {
		switch {
		case slices.Contains(withoutPlaces, key):
		case slices.Contains(submitKeys, key):
			f.atSubmit(v)
		case key == "settings":
			f.settings(v)
		case key == "driver":
			f.object(v, typeDriver, func(key string, v *yamltree.Value) bool { return key == "resources" && f.resources(v) })
		case slices.Contains(stepLists, key):
			for _, step := range v.Items {
				f.object(step, typeStep, f.ofStep)
			}
		default:
			return false
		}
		return true
	})
}

// object visits the fields of an object; where found does not take one, no expression is allowed in it. Unknown keys are left to the
// type check.
func (f *placeFinder) object(v *yamltree.Value, t reflect.Type, found func(key string, v *yamltree.Value) bool) {
	known := f.shapes.Of(t).Types
	for _, field := range v.Fields {
		if known[field.Key] != nil && !field.Value.Broken && !found(field.Key, field.Value) {
			f.nowhere(field.Value, field.Key)
		}
	}
}

func (f *placeFinder) ofStep(key string, v *yamltree.Value) bool {
	if key == "settings" {
		f.settings(v)
		return true
	}
	return slices.Contains(evaluatedOfStep, key)
}

func (f *placeFinder) settings(v *yamltree.Value) {
	f.object(v, typeSettings, func(key string, v *yamltree.Value) bool {
		switch {
		case slices.Contains(submitSettings, key):
			f.atSubmit(v)
		case key == "resources":
			return f.resources(v)
		case key == "env":
			f.env(v)
		default:
			return false
		}
		return true
	})
}

func (f *placeFinder) resources(v *yamltree.Value) bool {
	f.object(v, typeResources, func(key string, v *yamltree.Value) bool {
		if !slices.Contains(submitResources, key) {
			return false
		}
		f.atSubmit(v)
		for _, inner := range v.Fields { // gpu: {count: ..., resource: ...}
			f.atSubmit(inner.Value)
		}
		return true
	})
	return true
}

// env leaves the values of variables to the driver, in both forms.
func (f *placeFinder) env(v *yamltree.Value) {
	for _, field := range v.Fields {
		if field.Value.Kind != yamltree.String {
			f.nowhere(field.Value, "")
		}
	}
	for _, item := range v.Items {
		f.object(item, typeVariable, func(key string, _ *yamltree.Value) bool { return key == "value" })
	}
}

func (f *placeFinder) atSubmit(v *yamltree.Value) {
	if v.Kind == yamltree.String && !v.Broken && expr.HasExpression(v.Text) {
		f.resolve(v)
	}
}

// nowhere refuses every expression in a value.
func (f *placeFinder) nowhere(v *yamltree.Value, key string) {
	if v.Broken {
		return
	}
	if v.Kind == yamltree.String && expr.HasExpression(v.Text) {
		instead := ""
		if key == "podSettings" {
			instead = "; give a value to a container by env of settings"
		}
		f.AtOffset(v, strings.Index(v.Text, "${{"), "no expression is allowed here: %s%s", allowed, instead)
		v.Broken = true
	}
	for _, item := range v.Items {
		f.nowhere(item, key)
	}
	for _, field := range v.Fields {
		f.nowhere(field.Value, key)
	}
}

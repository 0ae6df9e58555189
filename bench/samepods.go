package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/podspec"
)

// shapeOf returns what must be the same in the Pods of driver and floor: the spec without the node, and without the variables
// that name the Pod's own run. A variable that names another run than the Pod's labels do stays, and makes a difference.
func shapeOf(pod *corev1.Pod) corev1.PodSpec {
	spec := pod.Spec.DeepCopy()
	spec.NodeName = ""
	own := map[string]string{
		podspec.EnvRun:    pod.Labels[v1alpha1.LabelRun],
		podspec.EnvRunUID: pod.Labels[v1alpha1.LabelRunUID],
	}
	for _, containers := range [][]corev1.Container{spec.InitContainers, spec.Containers} {
		for i := range containers {
			for k := range containers[i].Env {
				v := &containers[i].Env[k]
				if value, is := own[v.Name]; is && v.Value == value {
					v.Value = "that of the Pod's run"
				}
			}
		}
	}
	return *spec
}

// samePods returns an error that names every difference between the two Pods of the first step for which they differ.
func samePods(driver, floor *tracker) error {
	for _, step := range driver.pipeline.Steps {
		ours, err := fieldsOf(driver.steps[step.Name])
		if err != nil {
			return err
		}
		theirs, err := fieldsOf(floor.steps[step.Name])
		if err != nil {
			return err
		}
		if different := differences("", ours, theirs); len(different) > 0 {
			return fmt.Errorf("the Pods of step %s differ between %s and %s: %s", step.Name, theDriver, theFloor, strings.Join(different, "; "))
		}
	}
	return nil
}

// fieldsOf returns the shape of a step's Pod as the fields of its JSON; nil if there was no Pod.
func fieldsOf(s *stepTimes) (any, error) {
	if s == nil {
		return nil, nil
	}
	text, err := json.Marshal(s.shape)
	if err != nil {
		return nil, err
	}
	var fields any
	return fields, json.Unmarshal(text, &fields)
}

// differences names the fields in which two objects differ, and both values.
func differences(path string, driver, floor any) []string {
	a, b := children(driver), children(floor)
	if a == nil || b == nil {
		if ours, theirs := asJSON(driver), asJSON(floor); ours != theirs {
			return []string{fmt.Sprintf("%s is %s in the driver's and %s in the floor's", strings.TrimPrefix(path, "."), ours, theirs)}
		}
		return nil
	}
	names := maps.Clone(a)
	maps.Copy(names, b)
	var all []string
	for _, name := range slices.Sorted(maps.Keys(names)) {
		all = append(all, differences(path+name, a[name], b[name])...)
	}
	return all
}

// children returns the parts of an object or a list by their names in a path; nil for everything else.
func children(v any) map[string]any {
	parts := map[string]any{}
	switch v := v.(type) {
	case map[string]any:
		for name, part := range v {
			parts["."+name] = part
		}
	case []any:
		for i, part := range v {
			parts[fmt.Sprintf("[%d]", i)] = part
		}
	default:
		return nil
	}
	return parts
}

// asJSON writes a value; what is absent is null.
func asJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

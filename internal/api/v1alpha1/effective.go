package v1alpha1

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/stepherd/stepherd/internal/api/podmerge"
)

// Effective are the settings of a step: the pipeline's with the step's merged over them. Scalars: the step's if set;
// env by name, each variable after those it refers to; envFrom, tolerations appended with duplicates dropped; labels, annotations, resources by key;
// podSettings by strategic merge, see podmerge, where the step's settings win over the pipeline's podSettings; retry field by field, down to backoff and onOOM. Security is filled with its default;
// EffectivePolicy fills those of retry and the timeouts.
//
// The result shares maps, slices and pointers with p and step: it is to be read, not written to.
func Effective(p *Pipeline, step *Step) (Settings, error) {
	b := &step.Settings
	a, err := yielding(&p.Settings, b)
	if err != nil {
		return Settings{}, fmt.Errorf("read settings.podSettings: %w", err)
	}
	pod, err := MergePodSettings(a.PodSettings, b.PodSettings)
	if err != nil {
		return Settings{}, fmt.Errorf("merge podSettings of step %s: %w", step.Name, err)
	}
	return Settings{
		Image:              cmp.Or(b.Image, a.Image),
		ImagePullPolicy:    cmp.Or(b.ImagePullPolicy, a.ImagePullPolicy),
		Resources:          MergeResources(a.Resources, b.Resources),
		Env:                mergeEnv(a.Env, b.Env),
		EnvFrom:            mergeEnvFrom(a.EnvFrom, b.EnvFrom),
		WorkingDir:         cmp.Or(b.WorkingDir, a.WorkingDir),
		Security:           cmp.Or(b.Security, a.Security, SecurityBaseline),
		PodSettings:        pod,
		Labels:             mergeMaps(a.Labels, b.Labels),
		Annotations:        mergeMaps(a.Annotations, b.Annotations),
		ServiceAccountName: cmp.Or(b.ServiceAccountName, a.ServiceAccountName),
		Disruptible:        firstSet(b.Disruptible, a.Disruptible),
		Retry:              MergeRetry(a.Retry, b.Retry),
		Timeout:            firstSet(b.Timeout, a.Timeout),
		StartTimeout:       firstSet(b.StartTimeout, a.StartTimeout),
		InitTimeout:        firstSet(b.InitTimeout, a.InitTimeout),
		QueueTimeout:       firstSet(b.QueueTimeout, a.QueueTimeout),
		ImagePullGrace:     firstSet(b.ImagePullGrace, a.ImagePullGrace),
		SideContainers:     MergeSideContainers(a.SideContainers, b.SideContainers),
	}, nil
}

// MemoryLimit is the memory limit of `main` under effective settings: podSettings' for the container, else that of
// resources. It is nothing where there is none, and errs when the podSettings are no PodSpec.
func (s *Settings) MemoryLimit() (resource.Quantity, error) {
	limit := s.Resources.Requirements().Limits[corev1.ResourceMemory]
	if !bytes.Contains(s.PodSettings, []byte(`"memory"`)) { // spare most steps the decoding
		return limit, nil
	}
	spec, err := DecodePodSpec(s.PodSettings)
	if err != nil {
		return limit, err
	}
	for i := range spec.Containers {
		if own, ok := spec.Containers[i].Resources.Limits[corev1.ResourceMemory]; ok && spec.Containers[i].Name == MainContainer {
			limit = own
		}
	}
	return limit, nil
}

// mergeEnv puts the step's value where the pipeline has the name and appends the rest, see podmerge.Order.
func mergeEnv(pipeline, step []corev1.EnvVar) []corev1.EnvVar {
	if len(pipeline) == 0 || len(step) == 0 {
		return slices.Concat(pipeline, step)
	}
	byName := make(map[string]corev1.EnvVar, len(pipeline)+len(step))
	variables := func(list []corev1.EnvVar) []podmerge.Variable {
		out := make([]podmerge.Variable, len(list))
		for i, e := range list {
			out[i] = podmerge.Variable{Name: e.Name, Value: e.Value}
			byName[e.Name] = e
		}
		return out
	}
	names := podmerge.Order(variables(pipeline), variables(step))
	out := make([]corev1.EnvVar, len(names))
	for i, name := range names {
		out[i] = byName[name]
	}
	return out
}

func mergeEnvFrom(pipeline, step []corev1.EnvFromSource) []corev1.EnvFromSource {
	out := slices.Clone(pipeline)
	for _, e := range step {
		if !slices.ContainsFunc(out, func(o corev1.EnvFromSource) bool { return reflect.DeepEqual(o, e) }) {
			out = append(out, e)
		}
	}
	return out
}

// mergeMaps is a with b's keys over it; it copies only where both have something.
func mergeMaps[M ~map[K]V, K comparable, V any](a, b M) M {
	if len(a) == 0 {
		return b
	}
	if len(b) == 0 {
		return a
	}
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}

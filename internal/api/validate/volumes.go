package validate

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/wording"
	"github.com/stepherd/stepherd/internal/api/yamltree"
	"github.com/stepherd/stepherd/internal/suggest"
)

// ownVolumes are the volumes that Stepherd itself may put into a Pod, which podSettings may mount, too.
var ownVolumes = []string{"dev-shm", "stepherd-"}

// mountRules checks that mounts have their volumes.
type mountRules struct{ *validator }

// mounts holds every mount of a Pod to a volume that the Pod has. Each part of its podSettings is told at its own place.
func (v mountRules) mounts(spec *corev1.PodSpec, parts []podPart) {
	var volumes []string
	for _, volume := range spec.Volumes {
		volumes = append(volumes, volume.Name)
	}
	reported := map[string]bool{}
	for _, part := range parts {
		for _, list := range []string{"initContainers", "containers"} {
			p := podValidator{validator: v.validator, at: part.at}
			object, err := part.raw.Object()
			if err != nil {
				return // reported by podSettings
			}
			v1alpha1.Strip(object)
			p.each(object, list, func(at *yamltree.Path, c map[string]any) {
				for _, key := range []string{"volumeMounts", "volumeDevices"} {
					v.mountsOf(at.Field(key), c[key], volumes, reported)
				}
			})
		}
	}
}

// podPart is the podSettings of the pipeline or of a step, with their place.
type podPart struct {
	at  *yamltree.Path
	raw v1alpha1.PodSettings
}

func (v mountRules) mountsOf(at *yamltree.Path, list any, volumes []string, reported map[string]bool) {
	mounts, _ := list.([]any)
	for i, mount := range mounts {
		name := v1alpha1.ElementName(mount)
		own := func(prefix string) bool { return strings.HasPrefix(name, prefix) }
		if name == "" || reported[name] || slices.Contains(volumes, name) || slices.ContainsFunc(ownVolumes, own) {
			continue
		}
		reported[name] = true
		v.report(at.At(i).Field("name"), "the Pod has no volume %s%s: write podSettings: {volumes: [{name: %s, persistentVolumeClaim: {claimName: %s}}]}, or another source",
			wording.Quote(name), suggest.DidYouMean(name, volumes), wording.FlowText(name), wording.FlowText(name))
	}
}

// pullSecret refuses a reference to no Secret at all, which the API server takes and the kubelet ignores.
func (p *podValidator) pullSecret(at *yamltree.Path, secret map[string]any) {
	if v1alpha1.ElementName(secret) == "" && secret["$patch"] == nil {
		p.report(at.Field("name"), "a pull secret without a name is ignored by Kubernetes: write imagePullSecrets: [{name: my-registry}]")
	}
}

package v1alpha1

import (
	"encoding/json"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// yielding are the pipeline's settings without what the step says in another place. `main` can be told its variables and
// resources in settings and in podSettings, and podSettings are laid over settings: so the pipeline's podSettings would
// win over the step's settings, and the pipeline's `memory` would stay as a limit below a request in the step's
// podSettings.
func yielding(pipeline, step *Settings) (Settings, error) {
	out := *pipeline
	pod, err := pipeline.PodSettings.yieldTo(step)
	if err != nil {
		return out, err
	}
	out.PodSettings = pod
	if pipeline.Resources == nil || len(step.PodSettings) == 0 {
		return out, nil
	}
	own := step.PodSettings.resourcesOfMain()
	beside := MergeResources(pipeline.Resources, step.Resources).Requirements()
	clash := corev1.ResourceList{}
	for name, quantity := range own.long() {
		if _, both := step.Resources.named()[name]; !both && clashes(name, &beside, own) {
			clash[name] = quantity
		}
	}
	if len(clash) > 0 {
		out.Resources = pipeline.Resources.without(clash, clash)
	}
	return out, nil
}

// clashes reports whether the API server would refuse a resource for which over is laid over under: a request above its
// limit, or of a device another number than the limit.
func clashes(name corev1.ResourceName, under *corev1.ResourceRequirements, over *Resources) bool {
	request, requested := mergeMaps(under.Requests, over.Requests)[name]
	limit, limited := mergeMaps(under.Limits, over.Limits)[name]
	if !requested || !limited {
		return false
	}
	c := request.Cmp(limit)
	return c > 0 || c != 0 && strings.Contains(string(name), "/")
}

// named are the resources that either form names.
func (r *Resources) named() corev1.ResourceList {
	if r == nil {
		return nil
	}
	return mergeMaps(r.short(), r.long())
}

// resourcesOfMain are those that podSettings name for `main`; none where they are no PodSpec, which Validate says.
func (p PodSettings) resourcesOfMain() *Resources {
	var spec struct {
		Containers []struct {
			Name      string
			Resources *Resources
		}
	}
	if json.Unmarshal(p, &spec) == nil {
		for _, c := range spec.Containers {
			if c.Name == MainContainer && c.Resources != nil {
				return c.Resources
			}
		}
	}
	return &Resources{}
}

// yieldTo are the pipeline's podSettings without what a step's settings say.
func (p PodSettings) yieldTo(step *Settings) (PodSettings, error) {
	says := len(step.Env) > 0 || step.Resources != nil || step.ImagePullPolicy != "" || step.WorkingDir != "" || step.ServiceAccountName != ""
	if len(p) == 0 || !says {
		return p, nil
	}
	object, err := p.Object()
	if err != nil {
		return nil, err
	}
	if step.ServiceAccountName != "" {
		delete(object, "serviceAccountName")
		delete(object, "serviceAccount")
	}
	containers, _ := object["containers"].([]any)
	for _, c := range containers {
		if container, ok := c.(map[string]any); ok && ElementName(container) == MainContainer {
			yieldMain(container, step)
		}
	}
	return json.Marshal(object)
}

func yieldMain(main map[string]any, step *Settings) {
	if step.ImagePullPolicy != "" {
		delete(main, "imagePullPolicy")
	}
	if step.WorkingDir != "" {
		delete(main, "workingDir")
	}
	if env, ok := main["env"].([]any); ok {
		main["env"] = slices.DeleteFunc(env, func(e any) bool {
			return slices.ContainsFunc(step.Env, func(own corev1.EnvVar) bool { return own.Name == ElementName(e) })
		})
	}
	resources, _ := main["resources"].(map[string]any)
	for _, key := range []string{"requests", "limits"} {
		list, _ := resources[key].(map[string]any)
		for name := range step.Resources.named() {
			delete(list, string(name))
		}
	}
}

package validate

import (
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/wording"
	"github.com/stepherd/stepherd/internal/api/yamltree"
)

func (v *validator) steps(p *v1alpha1.Pipeline) {
	var root *yamltree.Path
	at := root.Field("steps")
	switch n := p.StepCount(); {
	case len(p.Steps) == 0:
		v.report(at, "the pipeline has no steps: write steps: [{name: first, command: [...]}]")
		return
	case n > v1alpha1.MaxSteps:
		v.report(at, "%d steps are more than the %d that a pipeline may have: split it into several pipelines", n, v1alpha1.MaxSteps)
		return
	}
	for at, s := range yamltree.Steps(p) {
		v.step(at, p, s)
	}
	v.inherited(p)
	graphRules{v}.cleanNames(p)
	graphRules{v}.graphs(p)
}

func (v *validator) step(at *yamltree.Path, p *v1alpha1.Pipeline, s *v1alpha1.Step) {
	name := at.Field("name")
	if s.Name == "" {
		v.report(name, "the step has no name: write name: my-step")
	} else if wrong := v1alpha1.StepNameProblem(s.Name); wrong != "" {
		v.report(name, "%s", wrong)
	}
	for i, word := range s.Command {
		v.noNUL(at.Field("command").At(i), word)
	}
	for i, word := range s.Args {
		v.noNUL(at.Field("args").At(i), word)
	}
	scriptRules{v}.script(at, s)
	scriptRules{v}.results(at.Field("results"), s.Results)
	v.settings(at.Field("settings"), &s.Settings, stepRules)
	v.effective(at, p, s)
}

// effective checks what shows only when the pipeline's settings and the step's are laid over one another.
func (v *validator) effective(at *yamltree.Path, p *v1alpha1.Pipeline, s *v1alpha1.Step) {
	var root *yamltree.Path
	settings := at.Field("settings")
	if p.Settings.Image == "" && s.Settings.Image == "" && !v.silent(root.Fields("settings", "image")) {
		v.report(settings.Field("image"), "step %s has no image: set settings.image of the pipeline for all steps, or of this step", wording.Quote(s.Name))
	}
	if s.Settings.Resources != nil {
		resourceRules{v}.consistent(settings.Field("resources"), v1alpha1.MergeResources(p.Settings.Resources, s.Settings.Resources))
	}
	if len(s.Settings.PodSettings) > 0 {
		v.mergedPod(settings.Field("podSettings"), p.Settings.PodSettings, s.Settings.PodSettings)
	}
	retry := v1alpha1.MergeRetry(p.Settings.Retry, s.Settings.Retry)
	retryRules{v}.backoffFits(settings, s.Settings.Retry, retry)
	retryRules{v}.mayGrow(settings, p, s, retry)
	sideRules{v}.sidesExist(settings, p, s)
}

// inherited checks, once, the settings of all the steps that add nothing to the pipeline's.
func (v *validator) inherited(p *v1alpha1.Pipeline) {
	var root *yamltree.Path
	var resources, pod bool
	for _, s := range yamltree.Steps(p) {
		resources = resources || s.Settings.Resources == nil
		pod = pod || len(s.Settings.PodSettings) == 0
	}
	if resources {
		resourceRules{v}.consistent(root.Fields("settings", "resources"), p.Settings.Resources)
	}
	if pod {
		v.mergedPod(root.Fields("settings", "podSettings"), p.Settings.PodSettings, nil)
	}
}

// mergedPod checks the podSettings that a step's Pod is made with. Where either part was found wrong by itself the merge
// has nothing more to say.
func (v *validator) mergedPod(at *yamltree.Path, pipeline, step v1alpha1.PodSettings) {
	seen := "merged " + string(step)
	good := func(r podRules, raw v1alpha1.PodSettings) bool { return len(raw) == 0 || v.pods[r.key(raw)] }
	if v.pods[seen] || !good(pipelineRules, pipeline) || !good(stepRules, step) {
		return
	}
	before := len(v.List)
	merged, err := v1alpha1.MergePodSettings(pipeline, step)
	if err != nil {
		v.report(at, "they cannot be merged with the pipeline's: %s", wording.Bare(err.Error()))
		return
	}
	spec, err := v1alpha1.DecodePodSpec(merged)
	if err != nil {
		v.report(at, "podSettings are no PodSpec: %s", err)
		return
	}
	for _, c := range append(spec.InitContainers, spec.Containers...) {
		if c.Name != v1alpha1.MainContainer && c.Image == "" {
			v.report(at, "container %s has no image: give it one", wording.Quote(c.Name))
		}
	}
	var root *yamltree.Path
	parts := []podPart{{root.Fields("settings", "podSettings"), pipeline}}
	if len(step) > 0 {
		parts = append(parts, podPart{at, step})
	}
	mountRules{v}.mounts(spec, parts)
	v.pods[seen] = len(v.List) == before
}

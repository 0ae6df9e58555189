package validate

import (
	"fmt"
	"strings"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/wording"
	"github.com/stepherd/stepherd/internal/api/yamltree"
	"github.com/stepherd/stepherd/internal/dag"
	"github.com/stepherd/stepherd/internal/suggest"
)

func (v *validator) steps(at *yamltree.Path, p *v1alpha1.Pipeline) {
	switch {
	case len(p.Steps) == 0:
		v.report(at, "the pipeline has no steps: write steps: [{name: first, command: [...]}]")
		return
	case len(p.Steps) > v1alpha1.MaxSteps:
		v.report(at, "%d steps are more than the %d that a pipeline may have: split it into several pipelines", len(p.Steps), v1alpha1.MaxSteps)
		return
	}
	for i := range p.Steps {
		v.step(at.At(i), p, &p.Steps[i])
	}
	v.inherited(p)
	graphRules{v}.cleanNames(at, p.Steps)
	graphRules{v}.graph(at, p.Steps)
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
	for i := range p.Steps {
		resources = resources || p.Steps[i].Settings.Resources == nil
		pod = pod || len(p.Steps[i].Settings.PodSettings) == 0
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

// graphRules checks the names of steps and the graph of their needs.
type graphRules struct{ *validator }

// cleanNames refuses names that are one in Pod names, as train.a and train_a.
func (v graphRules) cleanNames(at *yamltree.Path, steps []v1alpha1.Step) {
	first := make(map[string]int, len(steps))
	for i := range steps {
		clean := v1alpha1.CleanName(steps[i].Name)
		before, twice := first[clean]
		switch {
		case !twice:
			first[clean] = i
		case steps[before].Name != steps[i].Name && clean != "":
			v.report(at.At(i).Field("name"), "%s and %s of steps[%d]%s are both %q in the names of Pods: change one", wording.Quote(steps[i].Name),
				wording.Quote(steps[before].Name), before, v.line(at.At(before).Field("name")), clean)
		}
	}
}

func (v graphRules) graph(at *yamltree.Path, steps []v1alpha1.Step) {
	nodes := make([]dag.Node, len(steps))
	for i, s := range steps {
		nodes[i] = dag.Node{Name: s.Name, Needs: s.Needs}
	}
	_, problems := dag.New(nodes)
	first := map[string]int{}
	for i := len(steps) - 1; i >= 0 && len(problems) > 0; i-- {
		first[steps[i].Name] = i
	}
	for _, problem := range problems {
		v.graphProblem(at, steps, problem, first)
	}
}

func (v graphRules) graphProblem(at *yamltree.Path, steps []v1alpha1.Step, problem dag.Problem, first map[string]int) {
	step := &steps[problem.Node]
	need := at.At(problem.Node).Field("needs").At(max(problem.Need, 0))
	switch problem.Kind {
	case dag.ProblemDuplicate:
		before := first[step.Name]
		if step.Name != "" {
			v.report(at.At(problem.Node).Field("name"), "%s is the name of steps[%d]%s already: choose another name", wording.Quote(step.Name), before, v.line(at.At(before).Field("name")))
		}
	case dag.ProblemUnknownNeed:
		name := step.Needs[problem.Need]
		v.report(need, "no step is called %s%s", wording.Quote(name), v.nearStep(name, steps))
	case dag.ProblemSelfNeed:
		v.report(need, "step %s needs itself: remove it", wording.Quote(step.Name))
	case dag.ProblemRepeatedNeed:
		v.report(need, "%s is listed twice: remove one", wording.Quote(step.Needs[problem.Need]))
	case dag.ProblemCycle:
		v.report(need, "the steps wait for each other: %s; remove one of these needs", cyclePath(problem.Cycle))
	}
}

// maxSearches bounds the did-you-means over all step names.
const maxSearches = 50

func (v graphRules) nearStep(name string, steps []v1alpha1.Step) string {
	if v.searches++; v.searches > maxSearches {
		return ""
	}
	names := make([]string, len(steps))
	for i := range steps {
		names[i] = steps[i].Name
	}
	return suggest.DidYouMean(name, names)
}

// cyclePath writes a cycle; of a very long one the beginning and the end.
func cyclePath(cycle []string) string {
	const most = 20
	if len(cycle) > most {
		left := len(cycle) - most
		cycle = append(append(append([]string{}, cycle[:most/2]...), fmt.Sprintf("... %d more ...", left)), cycle[len(cycle)-most/2:]...)
	}
	return strings.Join(cycle, " -> ")
}

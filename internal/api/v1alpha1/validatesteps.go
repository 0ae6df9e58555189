package v1alpha1

import (
	"fmt"
	"strings"

	"github.com/stepherd/stepherd/internal/dag"
	"github.com/stepherd/stepherd/internal/suggest"
)

func (v *validator) steps(at *path, p *Pipeline) {
	switch {
	case len(p.Steps) == 0:
		v.report(at, "the pipeline has no steps: write steps: [{name: first, command: [...]}]")
		return
	case len(p.Steps) > MaxSteps:
		v.report(at, "%d steps are more than the %d that a pipeline may have: split it into several pipelines", len(p.Steps), MaxSteps)
		return
	}
	for i := range p.Steps {
		v.step(at.at(i), p, &p.Steps[i])
	}
	v.inherited(p)
	v.cleanNames(at, p.Steps)
	v.graph(at, p.Steps)
}

func (v *validator) step(at *path, p *Pipeline, s *Step) {
	name := at.field("name")
	if s.Name == "" {
		v.report(name, "the step has no name: write name: my-step")
	} else if wrong := StepNameProblem(s.Name); wrong != "" {
		v.report(name, "%s", wrong)
	}
	for i, word := range s.Command {
		v.noNUL(at.field("command").at(i), word)
	}
	for i, word := range s.Args {
		v.noNUL(at.field("args").at(i), word)
	}
	v.settings(at.field("settings"), &s.Settings, stepRules)
	v.effective(at, p, s)
}

// effective checks what shows only when the pipeline's settings and the step's are laid over one another.
func (v *validator) effective(at *path, p *Pipeline, s *Step) {
	var root *path
	settings := at.field("settings")
	if p.Settings.Image == "" && s.Settings.Image == "" && !v.silent(root.fields("settings", "image")) {
		v.report(settings.field("image"), "step %s has no image: set settings.image of the pipeline for all steps, or of this step", quote(s.Name))
	}
	if s.Settings.Resources != nil {
		v.consistent(settings.field("resources"), mergeResources(p.Settings.Resources, s.Settings.Resources))
	}
	if len(s.Settings.PodSettings) > 0 {
		v.mergedPod(settings.field("podSettings"), p.Settings.PodSettings, s.Settings.PodSettings)
	}
	retry := mergeRetry(p.Settings.Retry, s.Settings.Retry)
	v.backoffFits(settings, s.Settings.Retry, retry)
	v.mayGrow(settings, p, s, retry)
	v.sidesExist(settings, p, s)
}

// inherited checks, once, the settings of all the steps that add nothing to the pipeline's.
func (v *validator) inherited(p *Pipeline) {
	var root *path
	var resources, pod bool
	for i := range p.Steps {
		resources = resources || p.Steps[i].Settings.Resources == nil
		pod = pod || len(p.Steps[i].Settings.PodSettings) == 0
	}
	if resources {
		v.consistent(root.fields("settings", "resources"), p.Settings.Resources)
	}
	if pod {
		v.mergedPod(root.fields("settings", "podSettings"), p.Settings.PodSettings, nil)
	}
}

// mergedPod checks the podSettings that a step's Pod is made with. Where either part was found wrong by itself the merge
// has nothing more to say.
func (v *validator) mergedPod(at *path, pipeline, step PodSettings) {
	seen := "merged " + string(step)
	good := func(r podRules, raw PodSettings) bool { return len(raw) == 0 || v.pods[r.key(raw)] }
	if v.pods[seen] || !good(pipelineRules, pipeline) || !good(stepRules, step) {
		return
	}
	before := len(v.list)
	merged, err := mergePodSettings(pipeline, step)
	if err != nil {
		v.report(at, "they cannot be merged with the pipeline's: %s", shorten(err.Error()))
		return
	}
	spec, err := podSpec(merged)
	if err != nil {
		v.report(at, "podSettings are no PodSpec: %s", err)
		return
	}
	for _, c := range append(spec.InitContainers, spec.Containers...) {
		if c.Name != MainContainer && c.Image == "" {
			v.report(at, "container %s has no image: give it one", quote(c.Name))
		}
	}
	var root *path
	parts := []podPart{{root.fields("settings", "podSettings"), pipeline}}
	if len(step) > 0 {
		parts = append(parts, podPart{at, step})
	}
	v.mounts(spec, parts)
	v.pods[seen] = len(v.list) == before
}

// cleanNames refuses names that are one in Pod names, as train.a and train_a.
func (v *validator) cleanNames(at *path, steps []Step) {
	first := make(map[string]int, len(steps))
	for i := range steps {
		clean := CleanName(steps[i].Name)
		before, twice := first[clean]
		switch {
		case !twice:
			first[clean] = i
		case steps[before].Name != steps[i].Name && clean != "":
			v.report(at.at(i).field("name"), "%s and %s of steps[%d]%s are both %q in the names of Pods: change one", quote(steps[i].Name),
				quote(steps[before].Name), before, v.line(at.at(before).field("name")), clean)
		}
	}
}

func (v *validator) graph(at *path, steps []Step) {
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

func (v *validator) graphProblem(at *path, steps []Step, problem dag.Problem, first map[string]int) {
	step := &steps[problem.Node]
	need := at.at(problem.Node).field("needs").at(max(problem.Need, 0))
	switch problem.Kind {
	case dag.ProblemDuplicate:
		before := first[step.Name]
		if step.Name != "" {
			v.report(at.at(problem.Node).field("name"), "%s is the name of steps[%d]%s already: choose another name", quote(step.Name), before, v.line(at.at(before).field("name")))
		}
	case dag.ProblemUnknownNeed:
		name := step.Needs[problem.Need]
		v.report(need, "no step is called %s%s", quote(name), v.nearStep(name, steps))
	case dag.ProblemSelfNeed:
		v.report(need, "step %s needs itself: remove it", quote(step.Name))
	case dag.ProblemRepeatedNeed:
		v.report(need, "%s is listed twice: remove one", quote(step.Needs[problem.Need]))
	case dag.ProblemCycle:
		v.report(need, "the steps wait for each other: %s; remove one of these needs", cyclePath(problem.Cycle))
	}
}

// maxSearches bounds the did-you-means over all step names.
const maxSearches = 50

func (v *validator) nearStep(name string, steps []Step) string {
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

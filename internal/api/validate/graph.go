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

// graphRules checks the names of steps and the graph of their needs.
type graphRules struct{ *validator }

// cleanNames refuses names that are one in Pod names, as train.a and train_a, and names that stand in both lists.
func (v graphRules) cleanNames(p *v1alpha1.Pipeline) {
	type place struct {
		at   *yamltree.Path
		step *v1alpha1.Step
	}
	first := make(map[string]place, len(p.Steps)+len(p.Finally))
	for at, s := range yamltree.Steps(p) {
		clean := v1alpha1.CleanName(s.Name)
		before, twice := first[clean]
		switch {
		case !twice:
			first[clean] = place{at, s}
		case clean == "":
		case before.step.Name != s.Name:
			v.report(at.Field("name"), "%s and %s of %s%s are both %q in the names of Pods: change one", wording.Quote(s.Name),
				wording.Quote(before.step.Name), before.at, v.line(before.at.Field("name")), clean)
		case at.Segments()[0].Key != before.at.Segments()[0].Key:
			v.report(at.Field("name"), "%s is the name of %s%s already: choose another name", wording.Quote(s.Name), before.at, v.line(before.at.Field("name")))
		}
	}
}

// list is one of the two lists of steps, with what is to be said of a need that names a step of the other one.
type list struct {
	at            *yamltree.Path
	steps, others []v1alpha1.Step
	other         string
}

// graphs checks both lists: the steps under finally are a graph of their own.
func (v graphRules) graphs(p *v1alpha1.Pipeline) {
	var root *yamltree.Path
	v.graph(list{root.Field("steps"), p.Steps, p.Finally, "%s stands under finally, which runs when all other steps have ended: remove the need, or move that step to steps"})
	v.graph(list{root.Field("finally"), p.Finally, p.Steps, "%s is no step under finally, and a step under finally runs when all other steps have ended in any case: remove the need"})
}

func (v graphRules) graph(l list) {
	nodes := make([]dag.Node, len(l.steps))
	for i, s := range l.steps {
		nodes[i] = dag.Node{Name: s.Name, Needs: s.Needs}
	}
	_, problems := dag.New(nodes)
	first, other := map[string]int{}, map[string]bool{}
	for i := len(l.steps) - 1; i >= 0 && len(problems) > 0; i-- {
		first[l.steps[i].Name] = i
	}
	for i := range l.others {
		other[l.others[i].Name] = len(problems) > 0
	}
	for _, problem := range problems {
		if problem.Kind == dag.ProblemUnknownNeed && other[l.steps[problem.Node].Needs[problem.Need]] {
			v.report(l.at.At(problem.Node).Field("needs").At(problem.Need), l.other, wording.Quote(l.steps[problem.Node].Needs[problem.Need]))
			continue
		}
		v.graphProblem(l.at, l.steps, problem, first)
	}
}

func (v graphRules) graphProblem(at *yamltree.Path, steps []v1alpha1.Step, problem dag.Problem, first map[string]int) {
	step := &steps[problem.Node]
	need := at.At(problem.Node).Field("needs").At(max(problem.Need, 0))
	switch problem.Kind {
	case dag.ProblemDuplicate:
		before := first[step.Name]
		if step.Name != "" {
			v.report(at.At(problem.Node).Field("name"), "%s is the name of %s%s already: choose another name", wording.Quote(step.Name), at.At(before), v.line(at.At(before).Field("name")))
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

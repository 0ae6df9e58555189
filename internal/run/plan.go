package run

import (
	"fmt"
	"strings"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/dag"
	"github.com/stepherd/stepherd/internal/errs"
	"github.com/stepherd/stepherd/internal/expr"
)

// Plan is the immutable part of a run.
type Plan struct {
	templates   []template // by place in the pipeline
	info        expr.RunInfo
	policy      v1alpha1.FailurePolicy
	parallelism int           // live attempts at most; 0 is no limit
	timeout     time.Duration // of the run; 0 is none
	keep        v1alpha1.KeepPods
}

// template is a step of the pipeline. The nodes of a run are made of templates; at first there is one of each, with the same
// number.
type template struct {
	v1alpha1.Policy
	name      string
	needs     []edge
	exclusive bool // its Pod asks for things that another Pod holds until its terminal phase
}

// NewPlan makes the plan of a valid pipeline. exclusive says for each step whether its Pod asks for things that another
// Pod holds until its terminal phase (extended resources, a hostPort: podspec.Exclusive); nil means none does. info is what
// expressions may know of the run itself; its ScheduledAt and Phase are left to the State.
func NewPlan(p *v1alpha1.Pipeline, exclusive []bool, info expr.RunInfo) (*Plan, error) {
	nodes := make([]dag.Node, len(p.Steps))
	for i, s := range p.Steps {
		nodes[i] = dag.Node{Name: s.Name, Needs: s.Needs}
	}
	graph, problems := dag.New(nodes)
	var faults []error
	for _, problem := range problems {
		faults = append(faults, problemError(nodes, problem))
	}
	if exclusive != nil && len(exclusive) != len(nodes) {
		faults = append(faults, fmt.Errorf("exclusive speaks of %d steps, the pipeline has %d", len(exclusive), len(nodes)))
	}
	policy := p.FailurePolicy
	switch policy {
	case "":
		policy = v1alpha1.StopOnFailure
	case v1alpha1.StopOnFailure, v1alpha1.FailFast, v1alpha1.ContinueOnFailure:
	default:
		faults = append(faults, fmt.Errorf("unknown failure policy %q", policy))
	}
	if err := errs.Join(faults...); err != nil {
		return nil, err
	}
	plan := &Plan{
		info: info, policy: policy, parallelism: max(0, int(p.Parallelism)), templates: make([]template, len(p.Steps)), keep: p.Keeps(),
	}
	if p.Timeout != nil {
		plan.timeout = time.Duration(*p.Timeout)
	}
	for i := range p.Steps {
		plan.templates[i] = template{
			Policy: v1alpha1.EffectivePolicy(p, &p.Steps[i]), name: p.Steps[i].Name,
			needs: successes(graph.Needs(i)), exclusive: exclusive != nil && exclusive[i],
		}
	}
	return plan, nil
}

func problemError(nodes []dag.Node, problem dag.Problem) error {
	node := nodes[problem.Node]
	switch problem.Kind {
	case dag.ProblemDuplicate:
		return fmt.Errorf("step %q is there twice", node.Name)
	case dag.ProblemUnknownNeed:
		return fmt.Errorf("step %q needs %q, which is no step", node.Name, node.Needs[problem.Need])
	case dag.ProblemSelfNeed:
		return fmt.Errorf("step %q needs itself", node.Name)
	case dag.ProblemRepeatedNeed:
		return fmt.Errorf("step %q needs %q twice", node.Name, node.Needs[problem.Need])
	case dag.ProblemCycle:
		return fmt.Errorf("steps need each other in a circle: %s", strings.Join(problem.Cycle, " -> "))
	}
	panic(fmt.Sprintf("run: unknown kind of graph problem %d", problem.Kind))
}

// successes are edges to steps that must succeed.
func successes(needs []int) []edge {
	edges := make([]edge, len(needs))
	for k, need := range needs {
		edges[k] = edge{int32(need), afterSuccess}
	}
	return edges
}

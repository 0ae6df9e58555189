package run

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/dag"
	"github.com/stepherd/stepherd/internal/errs"
	"github.com/stepherd/stepherd/internal/expr"
)

// Plan is the immutable part of a run.
type Plan struct {
	templates      []template // by place in the pipeline, and those under finally behind all others
	policy         v1alpha1.FailurePolicy
	parallelism    int           // live attempts at most; 0 is no limit
	timeout        time.Duration // of the run; 0 is none
	finallyTimeout time.Duration // of the steps under finally together
	keep           v1alpha1.KeepPods

	// What expressions may know of the run and of its parameters.
	info       expr.RunInfo
	parameters map[string]json.RawMessage
	// decides reports whether any step has a condition or waits for steps that its expressions use, handsOn whether any
	// declares results. A plan that does neither pays for neither.
	decides, handsOn bool
}

// template is a step of the pipeline. The nodes of a run are made of templates; at first there is one of each, with the same
// number.
type template struct {
	v1alpha1.Policy
	name      string
	needs     []edge
	exclusive bool // its Pod asks for things that another Pod holds until its terminal phase
	finally   bool // it stands under finally
	results   []v1alpha1.Result
	formulas
}

// NewPlan makes the plan of a valid pipeline. exclusive says for each step, those under finally behind all others, whether its Pod
// asks for things that another Pod holds until its terminal phase (extended resources, a hostPort: podspec.Exclusive); nil means
// none does. info is what expressions may know of the run itself; its ScheduledAt and Phase are left to the State.
func NewPlan(p *v1alpha1.Pipeline, exclusive []bool, info expr.RunInfo) (*Plan, error) {
	steps := slices.Concat(p.Steps, p.Finally)
	graph, faults := graphOf(steps, len(p.Steps))
	if exclusive != nil && len(exclusive) != len(steps) {
		faults = append(faults, fmt.Errorf("exclusive speaks of %d steps, the pipeline has %d", len(exclusive), len(steps)))
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
		templates: make([]template, len(steps)),
		policy:    policy, parallelism: max(0, int(p.Parallelism)), finallyTimeout: v1alpha1.DefaultFinallyTimeout, keep: p.Keeps(),
		info: info, parameters: rawValues(p.Arguments),
	}
	if p.Timeout != nil {
		plan.timeout = time.Duration(*p.Timeout)
	}
	if p.FinallyTimeout != nil {
		plan.finallyTimeout = time.Duration(*p.FinallyTimeout)
	}
	for i := range steps {
		plan.templates[i] = template{
			Policy: v1alpha1.EffectivePolicy(p, &steps[i]), name: steps[i].Name, needs: successes(graph.Needs(i)),
			exclusive: exclusive != nil && exclusive[i], finally: i >= len(p.Steps), results: steps[i].Results,
		}
		plan.handsOn = plan.handsOn || len(steps[i].Results) > 0
	}
	return plan, plan.compile(p, steps)
}

// graphOf is the graph of steps of which those from finally on stand under finally. These need each other alone, and no other step
// needs one of them.
func graphOf(steps []v1alpha1.Step, finally int) (*dag.Graph, []error) {
	nodes := make([]dag.Node, len(steps))
	for i, s := range steps {
		nodes[i] = dag.Node{Name: s.Name, Needs: s.Needs}
	}
	graph, problems := dag.New(nodes)
	var faults []error
	for _, problem := range problems {
		faults = append(faults, problemError(nodes, problem))
	}
	for i := 0; graph != nil && len(steps) > finally && i < len(steps); i++ {
		for k, need := range graph.Needs(i) {
			if (i < finally) != (need < finally) {
				faults = append(faults, fmt.Errorf("step %q needs %q, and only one of the two stands under finally", steps[i].Name, steps[i].Needs[k]))
			}
		}
	}
	return graph, faults
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

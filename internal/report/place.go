package report

import "github.com/stepherd/stepherd/internal/api/v1alpha1"

// placed is where the tree shows a step.
type placed struct {
	step   int // index into the steps
	depth  int
	parent string // the need under which it stands; empty for a root
}

// place lays the graph out as a tree: each step once, under the deepest of its needs (of equally deep ones, the last
// in the steps' order), in the steps' order among its siblings. Needs that are no steps are passed over, and so is what
// would close a circle: a list of steps that is no valid plan is shown too.
func place(steps []v1alpha1.StepStatus) []placed {
	t := treeBuilder{steps: steps, index: make(map[string]int, len(steps)), nodes: make([]node, len(steps))}
	for i := range steps {
		t.index[steps[i].Name] = i
	}
	children := make([][]int, len(steps))
	var roots []int
	for i := range steps {
		if p := t.visit(i).parent; p >= 0 {
			children[p] = append(children[p], i)
		} else {
			roots = append(roots, i)
		}
	}
	out := make([]placed, 0, len(steps))
	stack := reversed(roots)
	for len(stack) > 0 {
		i := stack[len(stack)-1]
		stack = append(stack[:len(stack)-1], reversed(children[i])...)
		n := placed{step: i, depth: t.nodes[i].depth}
		if p := t.nodes[i].parent; p >= 0 {
			n.parent = steps[p].Name
		}
		out = append(out, n)
	}
	return out
}

func reversed(s []int) []int {
	out := make([]int, len(s))
	for i, v := range s {
		out[len(s)-1-i] = v
	}
	return out
}

type treeBuilder struct {
	steps []v1alpha1.StepStatus
	index map[string]int
	nodes []node
}

type node struct {
	state  visitState
	depth  int
	parent int
}

type visitState int

const (
	unseen visitState = iota
	visiting
	done
)

func (t *treeBuilder) visit(i int) node {
	if t.nodes[i].state != unseen {
		return t.nodes[i]
	}
	t.nodes[i] = node{state: visiting, parent: -1}
	best := node{state: done, parent: -1}
	for _, need := range t.steps[i].Needs {
		k, known := t.index[need]
		if !known || t.visit(k).state != done {
			continue
		}
		if d := t.nodes[k].depth + 1; d > best.depth || d == best.depth && k > best.parent {
			best.depth, best.parent = d, k
		}
	}
	t.nodes[i] = best
	return best
}

package run

import (
	"fmt"
	"maps"
	"slices"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/dag"
)

// table is the nodes of a run, by number, and what each of them waits for. A number is given once and stays. A table that a
// State has is never written to again: a run that grows has a new one, which begins with the same nodes.
type table struct {
	nodes      []node
	index      map[string]int // numbers by name
	dependents [][]edge       // the nodes that wait for a node, by its number
	finally    set            // those under finally; nil where there are none
}

// node is a step of the run: one that the pipeline lists, or one that joined the run later.
type node struct {
	name     string
	template int // the place in Plan.templates of what it is made of
	needs    []edge
	growth   *v1alpha1.Growth // nil for a node that the pipeline lists; for the record
}

// edge is that one node waits for another. In a list of needs node is what is waited for, in one of dependents it is what
// waits.
type edge struct {
	node int32
	kind edgeKind
}

// edgeKind is what a node waits for at the other end of an edge.
type edgeKind int8

const (
	// afterSuccess: the need must succeed; otherwise what waits for it is skipped. So a Pod of the node that waits proves that
	// the need has succeeded.
	afterSuccess edgeKind = iota
	// afterEnd: the need must end, however it does. A Pod of the node that waits proves nothing of how.
	afterEnd
	// afterNoFailure: the need must succeed or be skipped; whether it was skipped because of a failure is seen when the node that
	// waits is decided. A Pod proves as little.
	afterNoFailure
)

// isMet reports whether an end is what an edge waits for.
func (k edgeKind) isMet(end outcome) bool {
	switch k {
	case afterEnd:
		return end.known()
	case afterNoFailure:
		return end.phase == v1alpha1.StepSucceeded || end.phase == v1alpha1.StepSkipped
	case afterSuccess:
	}
	return end.phase == v1alpha1.StepSucceeded
}

// addition is a node that joins a run.
type addition struct {
	name     string
	template int
	index    int // among the nodes made of the template, from 0
	// needs are nodes that exist and additions before this one, by number.
	needs []edge
	// before are those that are to wait for this one, likewise.
	before []edge
}

// firstTable is one node for each template.
func firstTable(templates []template) *table {
	t := &table{nodes: make([]node, len(templates)), index: make(map[string]int, len(templates))}
	if n := len(templates); n > 0 && templates[n-1].finally {
		t.finally = newSet(n)
	}
	for i := range templates {
		t.nodes[i] = node{name: templates[i].name, template: i, needs: templates[i].needs}
		t.index[templates[i].name] = i
		if templates[i].finally {
			t.finally.put(i, true)
		}
	}
	t.dependents = reversed(t.nodes)
	return t
}

// reversed gives the dependents of all nodes, ascending. They are in one array: a million needs cost two allocations.
func reversed(nodes []node) [][]edge {
	counts, all := make([]int, len(nodes)), 0
	for i := range nodes {
		all += len(nodes[i].needs)
		for _, need := range nodes[i].needs {
			counts[need.node]++
		}
	}
	flat, lists := make([]edge, all), make([][]edge, len(nodes))
	for i, n := range counts {
		lists[i], flat = flat[:0:n], flat[n:]
	}
	for i := range nodes {
		for _, need := range nodes[i].needs {
			lists[need.node] = append(lists[need.node], edge{int32(i), need.kind})
		}
	}
	return lists
}

// grow gives a table with more nodes; the receiver stays as it is. It costs a copy of the lists, and errs when the result
// would be no table: a name is there twice, an edge leads nowhere or closes a cycle, or there are too many nodes.
func (t *table) grow(more []addition) (*table, error) {
	if len(t.nodes)+len(more) > v1alpha1.MaxSteps {
		return nil, fmt.Errorf("a run may have %d steps, and %d are too many", v1alpha1.MaxSteps, len(t.nodes)+len(more))
	}
	g := &table{nodes: slices.Clone(t.nodes), index: maps.Clone(t.index), dependents: slices.Clone(t.dependents), finally: t.finally}
	for _, a := range more {
		if err := g.add(a); err != nil {
			return nil, fmt.Errorf("step %q cannot join the run: %w", a.name, err)
		}
	}
	if len(g.order()) < len(g.nodes) {
		return nil, fmt.Errorf("steps that are to join the run need each other in a circle")
	}
	return g, nil
}

// add appends a node.
func (t *table) add(a addition) error {
	number := len(t.nodes)
	if _, taken := t.index[a.name]; taken || a.name == "" {
		return fmt.Errorf("its name is taken")
	}
	for _, need := range a.needs {
		if need.node < 0 || int(need.node) >= number {
			return fmt.Errorf("it needs step number %d, which there is not", need.node)
		}
	}
	growth := &v1alpha1.Growth{Index: a.index}
	t.nodes = append(t.nodes, node{name: a.name, template: a.template, needs: a.needs, growth: growth})
	t.index[a.name] = number
	t.dependents = append(t.dependents, nil)
	for _, need := range a.needs {
		t.dependents[need.node] = append(slices.Clip(t.dependents[need.node]), edge{int32(number), need.kind})
		if need.kind == afterEnd {
			growth.AfterEnd = append(growth.AfterEnd, t.nodes[need.node].name)
		}
	}
	for _, next := range a.before {
		if next.node < 0 || int(next.node) >= number {
			return fmt.Errorf("step number %d, which is to wait for it, is not there", next.node)
		}
		waiting := &t.nodes[next.node]
		waiting.needs = append(slices.Clip(waiting.needs), edge{int32(number), next.kind})
		t.dependents[number] = append(t.dependents[number], next)
		growth.Before = append(growth.Before, v1alpha1.GrowthEdge{Step: waiting.name, AfterEnd: next.kind == afterEnd})
	}
	return nil
}

// order gives the numbers so that needs come before what needs them; it is shorter than the table if there is a cycle.
func (t *table) order() []int {
	needs := func(i int) int { return len(t.nodes[i].needs) }
	return dag.Order(len(t.nodes), needs, func(i int, yield func(int)) {
		for _, next := range t.dependents[i] {
			yield(int(next.node))
		}
	})
}

// dependsOnRecord reports whether a node waits for what no Pod proves: that another step has ended, or that it has joined
// the run at all.
func (n *node) dependsOnRecord() bool {
	return n.growth != nil || slices.ContainsFunc(n.needs, func(need edge) bool { return need.kind != afterSuccess })
}

// Package dag is an immutable graph of names. It knows nothing of steps, Pods or files.
//
// Invariants: a Graph has no cycle, no unknown need and no name twice; New takes time and memory linear in nodes and
// needs (and n log n for Order); nothing depends on the order of a map; nothing is written after New.
package dag

import (
	"container/heap"
	"sort"
)

// Node is a name and the names that it needs.
type Node struct {
	Name  string
	Needs []string
}

// Graph is immutable and has no cycle. Make it with New.
type Graph struct {
	names      []string
	index      map[string]int
	needs      edges
	dependents edges
	order      []int
}

// New makes the graph or gives all problems at once, in the order of the nodes.
func New(nodes []Node) (*Graph, []Problem) {
	g := &Graph{names: make([]string, len(nodes)), index: make(map[string]int, len(nodes))}
	var problems []Problem
	for i, n := range nodes {
		g.names[i] = n.Name
		if _, ok := g.index[n.Name]; ok {
			problems = append(problems, Problem{Kind: ProblemDuplicate, Node: i, Need: -1})
			continue
		}
		g.index[n.Name] = i
	}
	l := links{nodes: nodes, index: g.index}
	problems = append(problems, l.resolve()...)
	g.needs = l.needs
	g.dependents = l.needs.reversed()
	if g.order = g.topological(); len(g.order) < len(nodes) {
		problems = append(problems, cycles(l)...)
	}
	if len(problems) > 0 {
		sort.SliceStable(problems, func(a, b int) bool { return problems[a].before(problems[b]) })
		return nil, problems
	}
	return g, nil
}

// Len is the number of nodes.
func (g *Graph) Len() int { return len(g.names) }

// Index gives a name's place in the order of New.
func (g *Graph) Index(name string) (int, bool) {
	i, ok := g.index[name]
	return i, ok
}

// Name is the name at a place.
func (g *Graph) Name(i int) string { return g.names[i] }

// Needs are the places that i needs, in the order given. The slice is not to be written to.
func (g *Graph) Needs(i int) []int { return g.needs.of(i) }

// Dependents are the places that need i, ascending. The slice is not to be written to.
func (g *Graph) Dependents(i int) []int { return g.dependents.of(i) }

// Descendants are all places that need i, directly or not, ascending. i is not among them.
func (g *Graph) Descendants(i int) []int {
	seen := make([]bool, g.Len())
	found := []int{}
	stack := []int{i}
	for len(stack) > 0 {
		at := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for _, d := range g.Dependents(at) {
			if !seen[d] {
				seen[d] = true
				found = append(found, d)
				stack = append(stack, d)
			}
		}
	}
	sort.Ints(found)
	return found
}

// Order is a topological order in which, among those that may come next, the lower place comes first. The slice is not
// to be written to.
func (g *Graph) Order() []int { return g.order }

func (g *Graph) topological() []int {
	needs := func(i int) int { return len(g.needs.of(i)) }
	return Order(g.Len(), needs, func(i int, yield func(int)) {
		for _, d := range g.dependents.of(i) {
			yield(d)
		}
	})
}

// Order returns a topological order of n places, for each of which only the number of needs and the dependents are known, lower
// places first as in Graph.Order. It is shorter than n when there is a cycle. It is Kahn's algorithm.
func Order(n int, needs func(i int) int, dependents func(i int, yield func(int))) []int {
	order := make([]int, 0, n)
	open := make([]int, n)
	ready := &lowest{}
	for i := range n {
		if open[i] = needs(i); open[i] == 0 {
			*ready = append(*ready, i) // ascending, so it is a heap already
		}
	}
	meet := func(d int) {
		if open[d]--; open[d] == 0 {
			heap.Push(ready, d)
		}
	}
	for ready.Len() > 0 {
		i := heap.Pop(ready).(int)
		order = append(order, i)
		dependents(i, meet)
	}
	return order
}

// lowest is a heap of places.
type lowest []int

func (h lowest) Len() int           { return len(h) }
func (h lowest) Less(a, b int) bool { return h[a] < h[b] }
func (h lowest) Swap(a, b int)      { h[a], h[b] = h[b], h[a] }
func (h *lowest) Push(x any)        { *h = append(*h, x.(int)) }
func (h *lowest) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

package dag

// cycleRounds bounds the search for further cycles in knots where many share arrows: there can be exponentially many,
// and who unties the first few sees the rest.
const cycleRounds = 8

// cycles finds cycles: of each knot (strongly connected component) a shortest one through its lowest node; then takes
// that cycle's first arrow away and looks again, so that knots with several cycles show several. No cycle is given
// twice, since each lacks an arrow of those before it.
func cycles(l links) []Problem {
	f := cycleFinder{links: l, gone: make([]bool, len(l.needs.to))}
	var problems []Problem
	for range cycleRounds {
		knots := f.knots()
		if len(knots) == 0 {
			break
		}
		for _, first := range knots {
			problems = append(problems, f.shortest(first))
		}
	}
	return problems
}

type cycleFinder struct {
	links
	gone []bool // by edge: taken away
	knot []int  // by node: the number of its component in this round
}

// knots gives the lowest node of each component that has a cycle, ascending. Tarjan's algorithm with its own stack: a
// chain of 10,000 must not nest calls.
func (f *cycleFinder) knots() []int {
	n := len(f.nodes)
	f.knot = make([]int, n)
	t := tarjan{finder: f, index: make([]int, n), low: make([]int, n), onStack: make([]bool, n)}
	for i := range n {
		if t.index[i] == 0 {
			t.from(i)
		}
	}
	lowest := make([]int, t.components+1)
	size := make([]int, t.components+1)
	var knots []int
	for i := range n {
		c := f.knot[i]
		if size[c]++; size[c] == 1 {
			lowest[c] = i
		}
	}
	for i := range n {
		if c := f.knot[i]; lowest[c] == i && size[c] > 1 {
			knots = append(knots, i)
		}
	}
	return knots
}

type tarjan struct {
	finder     *cycleFinder
	index, low []int // from 1; 0 is not visited
	onStack    []bool
	stack      []int
	clock      int
	components int
	calls      []frame
}

// frame is a call that waits: the node, and the edge that comes next.
type frame struct{ node, edge int }

func (t *tarjan) from(root int) {
	t.enter(root)
	for len(t.calls) > 0 {
		top := &t.calls[len(t.calls)-1]
		if top.edge < t.finder.needs.start[top.node+1] {
			t.follow(top)
			continue
		}
		node := top.node
		t.leave(node)
		t.calls = t.calls[:len(t.calls)-1]
		if len(t.calls) > 0 {
			above := t.calls[len(t.calls)-1].node
			t.low[above] = min(t.low[above], t.low[node])
		}
	}
}

func (t *tarjan) enter(i int) {
	t.clock++
	t.index[i], t.low[i] = t.clock, t.clock
	t.stack = append(t.stack, i)
	t.onStack[i] = true
	t.calls = append(t.calls, frame{node: i, edge: t.finder.needs.start[i]})
}

func (t *tarjan) follow(top *frame) {
	edge, node := top.edge, top.node
	top.edge++
	if t.finder.gone[edge] {
		return
	}
	to := t.finder.needs.to[edge]
	switch {
	case t.index[to] == 0:
		t.enter(to)
	case t.onStack[to]:
		t.low[node] = min(t.low[node], t.index[to])
	}
}

func (t *tarjan) leave(i int) {
	if t.low[i] != t.index[i] {
		return
	}
	t.components++
	for {
		last := t.stack[len(t.stack)-1]
		t.stack = t.stack[:len(t.stack)-1]
		t.onStack[last] = false
		t.finder.knot[last] = t.components
		if last == i {
			return
		}
	}
}

// shortest is a shortest cycle through first inside its knot, and takes its first arrow away.
func (f *cycleFinder) shortest(first int) Problem {
	came := map[int]int{} // node -> the edge it was first reached by
	source := map[int]int{}
	queue := []int{first}
	for {
		at := queue[0]
		queue = queue[1:]
		for e := f.needs.start[at]; e < f.needs.start[at+1]; e++ {
			to := f.needs.to[e]
			if f.gone[e] || f.knot[to] != f.knot[first] {
				continue
			}
			if _, seen := came[to]; seen {
				continue
			}
			came[to], source[to] = e, at
			if to == first {
				return f.trace(first, came, source)
			}
			queue = append(queue, to)
		}
	}
}

func (f *cycleFinder) trace(first int, came, source map[int]int) Problem {
	backwards := []int{first}
	edge := came[first]
	for at := source[first]; at != first; at = source[at] {
		edge = came[at]
		backwards = append(backwards, at)
	}
	p := Problem{Kind: ProblemCycle, Node: first, Need: f.place[edge], Cycle: []string{f.nodes[first].Name}}
	for k := len(backwards) - 1; k >= 0; k-- {
		p.Cycle = append(p.Cycle, f.nodes[backwards[k]].Name)
	}
	f.gone[edge] = true
	return p
}

// Problem is one thing wrong with the nodes given to New.
type Problem struct {
	Kind ProblemKind
	// Node and Need are indexes into the nodes and their needs; Need is -1 where the node itself is meant.
	Node, Need int
	// Cycle is the path of names, first = last, for ProblemCycle: each needs the one after it. Node and Need are
	// then its first arrow.
	Cycle []string
}

// ProblemKind is what is wrong.
type ProblemKind int

// The kinds of problem.
const (
	ProblemDuplicate    ProblemKind = iota // a name that an earlier node has
	ProblemUnknownNeed                     // a need that no node is called
	ProblemSelfNeed                        // a node that needs itself
	ProblemRepeatedNeed                    // the same need twice
	ProblemCycle
)

func (p Problem) before(q Problem) bool {
	if p.Node != q.Node {
		return p.Node < q.Node
	}
	return p.Need < q.Need
}

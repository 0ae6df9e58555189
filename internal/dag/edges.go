package dag

// edges is a list of places for each place, all in one array: a million needs cost two allocations.
type edges struct {
	start []int // start[i] is where i's list begins; one more than there are places
	to    []int
}

func (e edges) len() int { return len(e.start) - 1 }

func (e edges) of(i int) []int { return e.to[e.start[i]:e.start[i+1]:e.start[i+1]] }

// reversed turns every edge round; each list of the result is ascending.
func (e edges) reversed() edges {
	n := e.len()
	r := edges{start: make([]int, n+1), to: make([]int, len(e.to))}
	for _, t := range e.to {
		r.start[t+1]++
	}
	for i := range n {
		r.start[i+1] += r.start[i]
	}
	next := append([]int(nil), r.start[:n]...)
	for i := range n {
		for _, t := range e.of(i) {
			r.to[next[t]] = i
			next[t]++
		}
	}
	return r
}

// links are the needs turned into places. Needs that are no edge (unknown, self, repeated) are left out; place keeps
// which need an edge came from, so that a problem can name it.
type links struct {
	nodes []Node
	index map[string]int
	needs edges
	place []int // place[k] is the index, in its node's Needs, of edge needs.to[k]
}

func (l *links) resolve() []Problem {
	var problems []Problem
	count := 0
	for _, n := range l.nodes {
		count += len(n.Needs)
	}
	l.needs = edges{start: make([]int, 1, len(l.nodes)+1), to: make([]int, 0, count)}
	l.place = make([]int, 0, count)
	seenBy := make([]int, len(l.nodes)) // 1 + the last node that needed this one
	for i, n := range l.nodes {
		for k, name := range n.Needs {
			to, known := l.index[name]
			switch {
			case !known:
				problems = append(problems, Problem{Kind: ProblemUnknownNeed, Node: i, Need: k})
			case name == n.Name:
				problems = append(problems, Problem{Kind: ProblemSelfNeed, Node: i, Need: k})
			case seenBy[to] == i+1:
				problems = append(problems, Problem{Kind: ProblemRepeatedNeed, Node: i, Need: k})
			default:
				seenBy[to] = i + 1
				l.needs.to = append(l.needs.to, to)
				l.place = append(l.place, k)
			}
		}
		l.needs.start = append(l.needs.start, len(l.needs.to))
	}
	return problems
}

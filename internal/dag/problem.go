package dag

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

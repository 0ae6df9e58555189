// Package dag is an immutable graph of names. It knows nothing of steps, Pods or files.
package dag

// Node is a name and the names that it needs.
type Node struct {
	Name  string
	Needs []string
}

// Graph is immutable and has no cycle.
type Graph struct{}

// Problem is one thing wrong with the nodes given to New.
type Problem struct {
	Kind ProblemKind
	// Node and Need are indexes into the nodes and their needs; Need is -1 where the node itself is meant.
	Node, Need int
	// Cycle is the path of names, first = last, for ProblemCycle.
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

// New makes the graph or gives all problems at once, in the order of the nodes.
func New(nodes []Node) (*Graph, []Problem) { panic("dag: being written") }

// Len is the number of nodes.
func (g *Graph) Len() int { panic("dag: being written") }

// Index gives a name's place in the order of New.
func (g *Graph) Index(name string) (int, bool) { panic("dag: being written") }

// Name is the name at a place.
func (g *Graph) Name(i int) string { panic("dag: being written") }

// Needs are the places that i needs, in the order given. The slice is not to be written to.
func (g *Graph) Needs(i int) []int { panic("dag: being written") }

// Dependents are the places that need i, ascending. The slice is not to be written to.
func (g *Graph) Dependents(i int) []int { panic("dag: being written") }

// Descendants are all places that need i, directly or not, ascending.
func (g *Graph) Descendants(i int) []int { panic("dag: being written") }

// Order is a topological order in which, among those that may come next, the lower place comes first.
func (g *Graph) Order() []int { panic("dag: being written") }

package dag

import (
	"fmt"
	"math/rand"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// picture reads one node a line: `name: need need`.
func picture(text string) []Node {
	var nodes []Node
	for line := range strings.Lines(text) {
		name, needs, _ := strings.Cut(strings.TrimSpace(line), ":")
		if name != "" {
			nodes = append(nodes, Node{Name: name, Needs: strings.Fields(needs)})
		}
	}
	return nodes
}

// mustNew makes a graph of nodes without problems.
func mustNew(t *testing.T, nodes []Node) *Graph {
	t.Helper()
	g, problems := New(nodes)
	if len(problems) > 0 {
		t.Fatalf("New: %+v", problems)
	}
	return g
}

func (g *Graph) words(places []int) string {
	var names []string
	for _, i := range places {
		names = append(names, g.Name(i))
	}
	return strings.Join(names, " ")
}

func TestGraph(t *testing.T) {
	tests := []struct {
		name, picture, order string
		descendants          map[string]string
	}{
		{name: "nothing", picture: "", order: ""},
		{name: "one", picture: "a", order: "a", descendants: map[string]string{"a": ""}},
		{name: "chain", picture: `
			a
			b: a
			c: b`, order: "a b c", descendants: map[string]string{"a": "b c", "b": "c", "c": ""}},
		{name: "chain backwards in the file", picture: `
			c: b
			b: a
			a`, order: "a b c", descendants: map[string]string{"a": "c b", "b": "c"}},
		{name: "diamond", picture: `
			a
			b: a
			c: a
			d: c b`, order: "a b c d", descendants: map[string]string{"a": "b c d", "b": "d", "c": "d"}},
		{name: "the lower place comes first", picture: `
			z
			y
			b: y
			a: z
			x`, order: "z y b a x", descendants: map[string]string{"z": "a", "y": "b"}},
		{name: "freed late, yet earlier in the file", picture: `
			join: left right
			left
			right
			alone`, order: "left right join alone", descendants: map[string]string{"left": "join", "alone": ""}},
		{name: "a short way and a long one", picture: `
			a
			b: a
			c: b a`, order: "a b c", descendants: map[string]string{"a": "b c"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := mustNew(t, picture(tt.picture))
			if got := g.words(g.Order()); got != tt.order {
				t.Errorf("order %q, want %q", got, tt.order)
			}
			for name, want := range tt.descendants {
				i, ok := g.Index(name)
				if !ok {
					t.Fatalf("no %s", name)
				}
				if got := g.words(g.Descendants(i)); got != want {
					t.Errorf("descendants of %s: %q, want %q", name, got, want)
				}
			}
		})
	}
}

func TestNeedsAndDependents(t *testing.T) {
	g := mustNew(t, picture(`
		a
		b
		c: b a
		d: a`))
	if got, want := g.words(g.Needs(2)), "b a"; got != want {
		t.Errorf("needs of c: %q, want %q (the order given)", got, want)
	}
	if got, want := g.words(g.Dependents(0)), "c d"; got != want {
		t.Errorf("dependents of a: %q, want %q", got, want)
	}
	if g.Len() != 4 || g.Name(3) != "d" {
		t.Errorf("len %d, name(3) %q", g.Len(), g.Name(3))
	}
	if _, ok := g.Index("e"); ok {
		t.Error("Index knows a name that is not there")
	}
	_ = append(g.Needs(2), 99)
	if got := g.words(g.Needs(3)); got != "a" {
		t.Errorf("appending to one list changed the next: %q", got)
	}
}

// text is how the tests write a problem.
func (p Problem) text(nodes []Node) string {
	n := nodes[p.Node]
	switch p.Kind {
	case ProblemDuplicate:
		return fmt.Sprintf("%d duplicate %s", p.Node, n.Name)
	case ProblemUnknownNeed:
		return n.Name + " unknown " + n.Needs[p.Need]
	case ProblemSelfNeed:
		return n.Name + " self"
	case ProblemRepeatedNeed:
		return fmt.Sprintf("%s repeats %d", n.Name, p.Need)
	case ProblemCycle:
		if n.Needs[p.Need] != p.Cycle[1] || n.Name != p.Cycle[0] {
			return fmt.Sprintf("cycle %v is not at %s needs[%d]", p.Cycle, n.Name, p.Need)
		}
		return strings.Join(p.Cycle, " -> ")
	}
	return "?"
}

func TestProblems(t *testing.T) {
	tests := []struct {
		name, picture string
		want          []string
	}{
		{"duplicate", "a\nb\na\na", []string{"2 duplicate a", "3 duplicate a"}},
		{"unknown", "a: x\nb: a y", []string{"a unknown x", "b unknown y"}},
		{"self", "a: a", []string{"a self"}},
		{"repeated", "a\nb: a a a", []string{"b repeats 1", "b repeats 2"}},
		{"two that need each other", "a: b\nb: a", []string{"a -> b -> a"}},
		{"starts at its lowest place", "z\nc: b\na: c\nb: a", []string{"c -> b -> a -> c"}},
		{"two knots", "a: b\nb: a\nc: d\nd: c", []string{"a -> b -> a", "c -> d -> c"}},
		{"two cycles that share a node", "a: b\nb: a c\nc: b", []string{"a -> b -> a", "b -> c -> b"}},
		{"a long one and a short cut", "a: b\nb: c\nc: a b", []string{"a -> b -> c -> a", "b -> c -> b"}},
		{"a tail is not in the cycle", "t: a\na: b\nb: a\nu", []string{"a -> b -> a"}},
		{"all at once, in order", "a: b\nb: a x\nb\nc: c a a",
			[]string{"a -> b -> a", "b unknown x", "2 duplicate b", "c self", "c repeats 2"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			nodes := picture(tt.picture)
			g, problems := New(nodes)
			if g != nil {
				t.Error("a graph in spite of problems")
			}
			var got []string
			for _, p := range problems {
				got = append(got, p.text(nodes))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

// random makes n nodes, each with up to 4 needs; without back there is no cycle.
func random(r *rand.Rand, n int, back bool) []Node {
	nodes := make([]Node, n)
	for i := range nodes {
		nodes[i].Name = fmt.Sprint("n", i)
		from := i
		if back {
			from = n
		}
		for _, k := range r.Perm(from)[:min(from, r.Intn(5))] {
			if k != i {
				nodes[i].Needs = append(nodes[i].Needs, fmt.Sprint("n", k))
			}
		}
	}
	r.Shuffle(n, func(a, b int) { nodes[a], nodes[b] = nodes[b], nodes[a] })
	return nodes
}

func TestRandomGraphs(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for range 300 {
		g := mustNew(t, random(r, 1+r.Intn(40), false))
		checkOrder(t, g)
		checkDescendants(t, g)
	}
}

// checkOrder takes, each time, the lowest place whose needs are met, the slow way.
func checkOrder(t *testing.T, g *Graph) {
	t.Helper()
	done := make([]bool, g.Len())
	for _, got := range g.Order() {
		want := slices.IndexFunc(done, func(d bool) bool { return !d })
		for ; want < g.Len(); want++ {
			if !done[want] && !slices.ContainsFunc(g.Needs(want), func(n int) bool { return !done[n] }) {
				break
			}
		}
		if got != want {
			t.Fatalf("order gives %s, want %s", g.Name(got), g.Name(want))
		}
		done[got] = true
	}
	if slices.Contains(done, false) {
		t.Fatal("order leaves a node out")
	}
}

// checkDescendants compares with a closure by matrix.
func checkDescendants(t *testing.T, g *Graph) {
	t.Helper()
	n := g.Len()
	reach := make([][]bool, n)
	for i := range reach {
		reach[i] = make([]bool, n)
	}
	for i := range n {
		for _, need := range g.Needs(i) {
			reach[need][i] = true
		}
	}
	for k := range n {
		for i := range n {
			for j := range n {
				reach[i][j] = reach[i][j] || reach[i][k] && reach[k][j]
			}
		}
	}
	for i := range n {
		want := []int{}
		for j, ok := range reach[i] {
			if ok {
				want = append(want, j)
			}
		}
		if got := g.Descendants(i); !reflect.DeepEqual(got, want) {
			t.Fatalf("descendants of %d: %v, want %v", i, got, want)
		}
	}
}

// TestRandomCycles holds each cycle given to be one, and each given once; a graph with none must be made.
func TestRandomCycles(t *testing.T) {
	r := rand.New(rand.NewSource(2))
	found := 0
	for range 300 {
		nodes := random(r, 1+r.Intn(30), true)
		_, problems := New(nodes)
		seen := map[string]bool{}
		for _, p := range problems {
			if p.Kind != ProblemCycle {
				t.Fatalf("unexpected %+v", p)
			}
			found++
			checkCycle(t, nodes, p)
			if text := p.text(nodes); seen[text] {
				t.Fatalf("twice: %s", text)
			} else {
				seen[text] = true
			}
		}
	}
	if found < 300 {
		t.Errorf("only %d cycles: the generator is too tame", found)
	}
}

func checkCycle(t *testing.T, nodes []Node, p Problem) {
	t.Helper()
	needs := map[string][]string{}
	for _, n := range slices.Backward(nodes) { // of nodes with one name the first counts
		needs[n.Name] = n.Needs
	}
	last := len(p.Cycle) - 1
	if last < 2 || p.Cycle[0] != p.Cycle[last] || nodes[p.Node].Needs[p.Need] != p.Cycle[1] {
		t.Fatalf("not a cycle: %+v", p)
	}
	visited := map[string]bool{}
	for k, name := range p.Cycle[:last] {
		if visited[name] || !slices.Contains(needs[name], p.Cycle[k+1]) {
			t.Fatalf("not a cycle: %v", p.Cycle)
		}
		visited[name] = true
	}
}

// TestLarge is here for its time: what is quadratic takes minutes.
func TestLarge(t *testing.T) {
	const n, layer = 10_000, 100
	nodes := make([]Node, n)
	for i := range nodes {
		nodes[i].Name = fmt.Sprint("step-", i)
		for k := i/layer*layer - layer; k >= 0 && k < i/layer*layer; k++ {
			nodes[i].Needs = append(nodes[i].Needs, nodes[k].Name)
		}
	}
	start := time.Now()
	g := mustNew(t, nodes)
	if got := len(g.Descendants(0)); got != n-layer {
		t.Errorf("%d descendants, want %d", got, n-layer)
	}
	nodes[0].Needs = []string{nodes[n-1].Name}
	if _, problems := New(nodes); len(problems) == 0 {
		t.Error("no cycle found")
	}
	if took := time.Since(start); took > 60*time.Second {
		t.Errorf("took %v", took)
	} else {
		t.Logf("990,000 needs twice, once with a cycle: %v", took)
	}
}

func FuzzNew(f *testing.F) {
	f.Add("a\nb: a\nc: b a")
	f.Add("a: b\nb: a c\nc: b\nc: x x")
	f.Fuzz(func(t *testing.T, text string) {
		nodes := picture(text)
		g, problems := New(nodes)
		if (g == nil) != (len(problems) > 0) {
			t.Fatal("neither or both")
		}
		for _, p := range problems {
			if p.Kind == ProblemCycle {
				checkCycle(t, nodes, p)
			}
		}
		if g != nil {
			checkOrder(t, g)
		}
	})
}

package main

import (
	"testing"
)

func TestShapes(t *testing.T) {
	shapes, err := allShapes()
	if err != nil {
		t.Fatal(err)
	}
	want := []struct {
		name         string
		steps, edges int
		roots        int
	}{
		{name: "chain", steps: 20, edges: 19, roots: 1},
		{name: "fanout", steps: 52, edges: 100, roots: 1},
		{name: "layers", steps: 100, edges: 900, roots: 10},
	}
	if len(shapes) != len(want) {
		t.Fatalf("got %d shapes, want %d", len(shapes), len(want))
	}
	for i, w := range want {
		s := shapes[i]
		edges, roots := 0, 0
		for _, step := range s.pipeline.Steps {
			edges += len(step.Needs)
			if len(step.Needs) == 0 {
				roots++
			}
		}
		if s.name != w.name || len(s.pipeline.Steps) != w.steps || edges != w.edges || roots != w.roots {
			t.Errorf("got %s with %d steps, %d edges, %d roots, want %+v", s.name, len(s.pipeline.Steps), edges, roots, w)
		}
		if s.goal > s.bar || s.bar < 1 {
			t.Errorf("%s: got bar %g and goal %g, which cannot be", s.name, s.bar, s.goal)
		}
	}
}

func TestPick(t *testing.T) {
	got, err := pick("layers,chain")
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0].name != "chain" || got[1].name != "layers" {
		t.Errorf("got %d shapes, want chain and layers in the order of the report", len(got))
	}
	for _, names := range []string{"", "chain,circle"} {
		if _, err := pick(names); err == nil {
			t.Errorf("%q: got no error", names)
		}
	}
}

func TestOrderAlternates(t *testing.T) {
	if order(0)[0] != theDriver || order(1)[0] != theFloor || order(2)[0] != theDriver {
		t.Errorf("got %v, %v, %v first, want driver, floor, driver", order(0)[0], order(1)[0], order(2)[0])
	}
}

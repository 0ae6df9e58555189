package main

import (
	"testing"

	"github.com/stepherd/stepherd/internal/api/pipelinefile"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/dag"
)

func TestOrdersArePipelinesOf20Steps(t *testing.T) {
	names := map[string]int{}
	for _, o := range makeOrders(3, 50, "/proof-of-this-machine") {
		p, err := pipelinefile.Decode(o.name, []byte(o.file))
		if err != nil {
			t.Fatalf("%s: %v\n%s", o.name, err, o.file)
		}
		if len(p.Steps) != 20 || p.FailurePolicy != o.variant.policy {
			t.Errorf("%s has %d steps and the policy %s, want 20 and %s", o.name, len(p.Steps), p.FailurePolicy, o.variant.policy)
		}
		for i := range p.Steps {
			does, policy := o.variant.does[p.Steps[i].Name], v1alpha1.EffectivePolicy(p, &p.Steps[i])
			if (policy.Limit == 1) != (does == failsOnce) || policy.InfraLimit != 100 {
				t.Errorf("%s: step %s, which does %q, has the limits %d and %d", o.name, p.Steps[i].Name, does, policy.Limit, policy.InfraLimit)
			}
		}
		names[o.variant.name]++
	}
	for name, want := range map[string]int{"succeeds": 25, "heals": 10, "fails": 5, "fails, and goes on": 5, "is cancelled": 5} {
		if names[name] != want {
			t.Errorf("%d of 50 runs are of the kind %q, want %d", names[name], name, want)
		}
	}
}

func TestOrdersAreTheSameForTheSameSeed(t *testing.T) {
	text := func(seed uint64) (all string) {
		for _, o := range makeOrders(seed, 10, "/p") {
			all += o.name + o.variant.name + o.file
		}
		return all
	}
	if first, again := text(1), text(1); first != again || first == text(2) {
		t.Error("the runs do not follow their seed")
	}
}

func TestTwoOrdersHealAndFail(t *testing.T) {
	two := makeOrders(9, 2, "/p")
	if len(two) != 2 || two[0].variant.name != "heals" || two[1].variant.name != "fails" {
		t.Errorf("two runs are %+v", two)
	}
}

// TestEndsFollowFromTheGraph: what a variant says of its end is what its failing step means for the steps that need it.
func TestEndsFollowFromTheGraph(t *testing.T) {
	var nodes []dag.Node
	for _, n := range graph() {
		nodes = append(nodes, dag.Node{Name: n.name, Needs: n.needs})
	}
	g, err := dag.New(nodes)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []variant{failsLate(), failsAside()} {
		want := map[string]v1alpha1.StepPhase{}
		for name, does := range v.does {
			i, _ := g.Index(name)
			want[name] = v1alpha1.StepFailed
			for _, d := range g.Descendants(i) {
				want[g.Name(d)] = v1alpha1.StepSkipped
			}
			if does != fails {
				t.Errorf("%s: step %s does %q", v.name, name, does)
			}
		}
		if len(v.ends) != len(want) {
			t.Errorf("%s: the ends of %d steps are said, want %d", v.name, len(v.ends), len(want))
		}
		for name, phase := range want {
			if v.ends[name].phase != phase {
				t.Errorf("%s: step %s is said to be %q, want %q", v.name, name, v.ends[name].phase, phase)
			}
		}
	}
}

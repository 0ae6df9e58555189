package podmerge

import (
	"slices"
	"strings"
	"testing"
)

func variables(text string) []Variable {
	var out []Variable
	for _, pair := range strings.Fields(text) {
		name, value, _ := strings.Cut(pair, "=")
		out = append(out, Variable{name, value})
	}
	return out
}

func TestOrder(t *testing.T) {
	for _, row := range []struct{ name, under, over, want string }{
		{"what is new follows", "A B", "C", "A B C"},
		{"a replaced one keeps its place", "A=1 B=$(A)", "C A=2", "A B C"},
		{"refers to one underneath", "BASE=/data", "IN=$(BASE)/in", "BASE IN"},
		{"a replaced one refers to a new one", "A=1 B=$(A)", "C=3 A=$(C)", "C A B"},
		{"through a second new one", "A=1 B=2", "D=$(B) C=$(D) A=$(C)", "B D C A"},
		{"a replaced one refers to a later one underneath", "A=1 B=2", "A=$(B)", "B A"},
		{"one underneath refers to a new one", "OUT=/out/$(NAME)", "NAME=a", "NAME OUT"},
		{"its author's order underneath", "A=$(B) B=1", "C", "A B C"},
		{"its author's order above", "", "A=$(B) B=1", "A B"},
		{"a later one of the same list that is underneath too", "B=1", "A=$(B) B=2", "B A"},
		{"escaped", "A=1", "C=3 A=$$(C)", "A C"},
		{"itself", "A=1", "A=$(A):x B=$(A)", "A B"},
		{"a circle", "A=1 B=$(A)", "C=$(B) A=$(C)", "B C A"},
		{"unknown", "A=$(X)", "B=$(Y)", "A B"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := Order(variables(row.under), variables(row.over)); !slices.Equal(got, strings.Fields(row.want)) {
				t.Errorf("got %v, want %s", got, row.want)
			}
		})
	}
}

func TestReferences(t *testing.T) {
	for _, row := range []struct {
		text string
		want []string
	}{
		{"", nil},
		{"$", nil},
		{"$(A)", []string{"A"}},
		{"$(A)$(B_c.d-e) x", []string{"A", "B_c.d-e"}},
		{"$$(A)", nil},
		{"$$$(A)", []string{"A"}},
		{"$x$(A)", []string{"A"}},
		{"$(A", nil},
		{"$(A$(B)", []string{"A$(B"}},
	} {
		if got := References(row.text); !slices.Equal(got, row.want) {
			t.Errorf("%q: got %q, want %q", row.text, got, row.want)
		}
	}
}

// TestOrderOfMergedEnv holds the order through the merge of whole Pods.
func TestOrderOfMergedEnv(t *testing.T) {
	got, err := PodSpecs(
		object(t, `{initContainers: [{name: i, env: [{name: A, value: "1"}, {name: B, value: $(A)}, {name: D, value: "4"}]}]}`),
		object(t, `{initContainers: [{name: i, env: [{name: C, value: "3"}, {name: A, value: $(C)}, {name: D, $patch: delete}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"initContainers":[{"env":[{"name":"C","value":"3"},{"name":"A","value":"$(C)"},{"name":"B","value":"$(A)"}],"name":"i"}]}`
	if asJSON(got) != want {
		t.Errorf("got  %s\nwant %s", asJSON(got), want)
	}
}

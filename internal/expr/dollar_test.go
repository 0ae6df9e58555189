package expr_test

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stepherd/stepherd/internal/expr"
)

// expand is what the kubelet makes of command, args and env: third_party/forked/golang/expansion/expand.go of Kubernetes. S is a
// variable of the container, with the value SECRET; what is no variable stays.
func expand(input string) string {
	var out strings.Builder
	for at := 0; at < len(input); at++ {
		if input[at] != '$' || at+1 == len(input) {
			out.WriteByte(input[at])
			continue
		}
		at++
		switch end := strings.IndexByte(input[at:], ')'); {
		case input[at] == '$':
			out.WriteByte('$')
		case input[at] != '(':
			out.WriteString("$" + input[at:at+1])
		case end < 0:
			out.WriteString("$(")
		case input[at+1:at+end] == "S":
			out.WriteString("SECRET")
			at += end
		default:
			out.WriteString("$" + input[at:at+end+1])
			at += end
		}
	}
	return out.String()
}

func TestExpandIsTheKubelets(t *testing.T) {
	// From kubernetes/third_party/forked/golang/expansion/expand_test.go.
	for input, want := range map[string]string{
		"$(S)": "SECRET", "$$(S)": "$(S)", "$$$(S)": "$SECRET", "$$$$(S)": "$$(S)", "$(X)": "$(X)", "$(S": "$(S", "$": "$", "$$": "$",
		"a$b": "a$b", "$S)": "$S)", "$(S)$(S)": "SECRETSECRET", "$()": "$()", "$(S)$": "SECRET$", "\n$(S)": "\nSECRET", "$?$(S)": "$?SECRET",
	} {
		if got := expand(input); got != want {
			t.Errorf("%q: %q, want %q", input, got, want)
		}
	}
}

// TestValuesArriveAsText: a program gets what an expression gives, whatever $ and brackets are in it and around it.
func TestValuesArriveAsText(t *testing.T) {
	for _, value := range []string{"$(S)", "$$(S)", "$$$(S)", "$", "(S)", "$$", "$(S", "S)", "$(A)$(S)", "a$b"} {
		for _, text := range []string{"${{ parameters.a }}", "x ${{ parameters.a }} y", "(${{ parameters.a }})", "$(S)${{ parameters.a }}$(S)", "$$${{ parameters.a }}(S)", "$x${{ parameters.a }}"} {
			before, after, _ := strings.Cut(text, "${{ parameters.a }}")
			if got, want := arrives(t, text, value, ""), expand(before)+value+expand(after); got != want {
				t.Errorf("%q with %q: the program gets %q, want %q", text, value, got, want)
			}
		}
	}
	if got := arrives(t, "${{ parameters.a }}${{ parameters.b }}", "$", "(S)"); got != "$(S)" {
		t.Errorf("one reference over two expressions: the program gets %q", got)
	}
	if got := arrives(t, "${{ '$' }}${{ '(S)' }} ${{ ['$(S)'] }}", "", ""); got != `$(S) ["$(S)"]` {
		t.Errorf("the program gets %q", got)
	}
}

func dollarScope() expr.Scope {
	return expr.Scope{Parameters: []expr.Variable{{Name: "a"}, {Name: "b"}}}
}

func arrives(t *testing.T, text, a, b string) string {
	t.Helper()
	e, err := expr.NewEnv(dollarScope())
	if err != nil {
		t.Fatal(err)
	}
	c, faults := e.Text(text, expr.Place{})
	if len(faults) > 0 {
		t.Fatalf("%q: %v", text, faults)
	}
	return expand(argument(t, c, a, b))
}

func argument(t *testing.T, c *expr.Text, a, b string) string {
	t.Helper()
	quoted := func(s string) json.RawMessage {
		raw, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	got, err := c.Argument(&expr.Values{Parameters: map[string]json.RawMessage{"a": quoted(a), "b": quoted(b)}})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// TestDoublingProperty: for random texts around two expressions and random values, either there is a fault, and then the kubelet
// would read a value together with the text before it for some value; or each value arrives as it is, and the text around it as if
// it stood alone.
func TestDoublingProperty(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	word := func() string {
		var b strings.Builder
		for range random.IntN(7) {
			b.WriteString([]string{"$", "$", "$", "(", ")", "S", "(S)", "x", " "}[random.IntN(9)])
		}
		return b.String()
	}
	e, err := expr.NewEnv(dollarScope())
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for range 20_000 {
		text := [3]string{word(), word(), word()}
		c, faults := e.Text(text[0]+"${{ parameters.a }}"+text[1]+"${{ parameters.b }}"+text[2], expr.Place{})
		if ambiguous := pairs(text[0]) || pairs(text[1]); ambiguous != (len(faults) > 0) {
			t.Fatalf("%q: the kubelet pairs it with a value: %v; faults: %v", text, ambiguous, faults)
		}
		if len(faults) > 0 {
			refused++
			continue
		}
		a, b := word(), word()
		if got, want := expand(argument(t, c, a, b)), expand(text[0])+a+expand(text[1])+b+expand(text[2]); got != want {
			t.Fatalf("%q with %q and %q: the program gets %q, want %q", text, a, b, got, want)
		}
	}
	if refused < 1000 || refused > 19_000 {
		t.Errorf("%d of 20000 texts were refused: the property is tested too seldom", refused)
	}
}

// pairs reports whether the kubelet reads the end of a text together with what follows, for some value.
func pairs(text string) bool {
	for _, value := range []string{"$$(S)", "S)"} {
		if expand(text+value) != expand(text)+expand(value) {
			return true
		}
	}
	return false
}

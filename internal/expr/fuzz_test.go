package expr_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stepherd/stepherd/internal/expr"
)

// seeds adds all texts of the tables, with their braces or without.
func seeds(f *testing.F, add func(text string)) {
	f.Helper()
	for _, one := range faulty {
		add(one[1])
	}
	for _, text := range failing {
		add(text)
	}
	add(`${{ r'}}' + """}}""" + b'x' + {'a': {'b': [1]}}.a.b // }}` + "\n}}")
	add("${{ steps.train.v2.results.val-acc>0.5?'a':`b` }}")
}

// checkFaults: every fault has a sentence and points into the text.
func checkFaults(t *testing.T, text string, faults []expr.Fault) {
	t.Helper()
	for _, f := range faults {
		if f.Offset < 0 || f.Offset > len(text) || f.Message == "" || strings.Contains(f.Message, "internal error") {
			t.Fatalf("%q: %+v", text, f)
		}
	}
}

// checkError: an error is a sentence.
func checkError(t *testing.T, text string, err error) {
	t.Helper()
	if err != nil && (err.Error() == "" || strings.Contains(err.Error(), "internal error") || strings.Contains(err.Error(), "_stepherd")) {
		t.Fatalf("%q: %v", text, err)
	}
}

// FuzzText: no text panics; what is compiled has a value that JSON can have, and arrives as it is.
func FuzzText(f *testing.F) {
	seeds(f, func(text string) { f.Add(text) })
	scope, v := failingScope()
	f.Fuzz(func(t *testing.T, text string) {
		e, err := expr.NewEnv(scope)
		if err != nil {
			t.Fatal(err)
		}
		c, faults := e.Text(text, anywhere())
		checkFaults(t, text, faults)
		if len(faults) > 0 {
			return
		}
		value, err := c.Value(v)
		checkError(t, text, err)
		argument, err := c.Argument(v)
		checkError(t, text, err)
		if err != nil {
			return
		}
		if s, is := value.(string); is && !expr.HasExpression(text) && s != argument {
			t.Fatalf("constant %q became %q", text, argument)
		}
		if _, err := json.Marshal(value); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if utf8.ValidString(text) && !utf8.ValidString(argument) {
			t.Fatalf("%q became %q", text, argument)
		}
	})
}

// FuzzCondition: a condition is read alike with its braces and without, and is a boolean or an error.
func FuzzCondition(f *testing.F) {
	seeds(f, func(text string) { f.Add(text); f.Add(strings.Trim(text, "${} ")) })
	scope, v := failingScope()
	f.Fuzz(func(t *testing.T, text string) {
		e, err := expr.NewEnv(scope)
		if err != nil {
			t.Fatal(err)
		}
		c, faults := e.Condition(text, anywhere())
		checkFaults(t, text, faults)
		if len(faults) > 0 {
			return
		}
		holds, err := c.Eval(v)
		checkError(t, text, err)
		if c.Exempt() && !c.CallsStatus() {
			t.Fatalf("%q calls failed() or always() and no function", text)
		}
		if strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), "${{") {
			return
		}
		braced, faults := e.Condition("${{"+text+"\n}}", anywhere())
		if len(faults) > 0 {
			return // a text may be open at its end: a comment, or a brace
		}
		again, errAgain := braced.Eval(v)
		if again != holds || (err == nil) != (errAgain == nil) {
			t.Fatalf("%q: %v, %v; in braces %v, %v", text, holds, err, again, errAgain)
		}
	})
}

// FuzzEval: no expression over any value panics or takes more memory than it may, however large or deep the value.
func FuzzEval(f *testing.F) {
	seeds(f, func(text string) { f.Add(strings.Trim(text, "${} "), `{"a":[1,"x",null]}`, uint8(0)) })
	for _, text := range bombs {
		f.Add(text, "[]", uint8(0))
	}
	for text, value := range map[string]string{"parameters.json": "[1]", "size(parameters.json)": "{}", "parameters.json.map(x, x == parameters.json)": "[[[]]]"} {
		for kind := range uint8(4) {
			f.Add(text, value, kind)
		}
	}
	large := []string{"[" + strings.Repeat("1,", 5<<20) + "1]", strings.Repeat("[", 9000) + strings.Repeat("]", 9000), "[" + strings.Repeat(`"x",`, 1000) + "1]"}
	types := []expr.Type{expr.Array, expr.Object, expr.String, expr.Integer, expr.Number, expr.Boolean}
	_, bomb := bombValues()
	f.Fuzz(func(t *testing.T, text, value string, kind uint8) {
		e, err := expr.NewEnv(expr.Scope{Parameters: []expr.Variable{{Name: "json", Type: types[int(kind/4)%len(types)]}, {Name: "list", Type: expr.Array}, {Name: "text"}}})
		if err != nil {
			t.Fatal(err)
		}
		if kind%4 > 0 {
			value = large[kind%4-1]
		}
		c, faults := e.Text("${{"+text+"}}", expr.Place{})
		checkFaults(t, "${{"+text+"}}", faults)
		if len(faults) > 0 {
			return
		}
		v := &expr.Values{Parameters: map[string]json.RawMessage{"json": json.RawMessage(value), "list": bomb.Parameters["list"], "text": bomb.Parameters["text"]}}
		size := allocated(func() {
			_, err := c.Value(v)
			checkError(t, text, err)
		})
		if size > maxAllocated {
			t.Fatalf("%q took %d MB", text, size>>20)
		}
	})
}

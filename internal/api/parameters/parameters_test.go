package parameters

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/yamltree"
)

func TestCheck(t *testing.T) {
	num := func(v float64) *float64 { return &v }
	count := func(v int64) *int64 { return &v }
	values := func(all ...string) []v1alpha1.Value {
		var out []v1alpha1.Value
		for _, v := range all {
			out = append(out, v1alpha1.Value(v))
		}
		return out
	}
	epochs := v1alpha1.Parameter{Name: "epochs", Type: v1alpha1.TypeInteger, Minimum: num(1), Maximum: num(100)}
	sizes := v1alpha1.Parameter{Name: "size", Enum: values(`"small"`, `"large"`)}
	for _, tt := range []struct {
		name  string
		p     v1alpha1.Parameter
		value string
		want  string
	}{
		{"an integer", epochs, ` 3 `, `3`},
		{"an integer with a point", epochs, `3.0`, `3`},
		{"the minimum itself", epochs, `1`, `1`},
		{"the maximum itself", epochs, `100`, `100`},
		{"below", epochs, `0`, `0 is below the minimum of 1`},
		{"above", epochs, `101`, `101 is above the maximum of 100`},
		{"half of one", epochs, `2.5`, `the value is the number 2.5, not an integer`},
		{"in quotes", epochs, `"3"`, `the value is the string "3", not an integer: write it without quotes: 3`},
		{"null", epochs, `null`, `the value is null, not an integer`},
		{"no JSON", epochs, `{`, `the value is not valid JSON: unexpected end of JSON input`},
		{"two values", epochs, `1 2`, `the value is not valid JSON: invalid character '2' after top-level value`},
		{"a wild exponent", epochs, `1e999999999`, `the value is not valid JSON: json: cannot unmarshal number 1e999999999 into Go value of type float64`},
		{"a string by default", v1alpha1.Parameter{}, `"x"`, `"x"`},
		{"a number for a string", v1alpha1.Parameter{}, `3`, `the value is the number 3, not a string: put it in quotes: "3"`},
		{"of the enum", sizes, `"small"`, `"small"`},
		{"not of the enum", sizes, `"smal"`, `"smal" is none of small, large; did you mean "small"?`},
		{"of an enum of numbers", v1alpha1.Parameter{Type: v1alpha1.TypeNumber, Enum: values(`1`, `2.0`)}, `2`, `2`},
		{"a list of the enum", v1alpha1.Parameter{Type: v1alpha1.TypeArray, Enum: values(`[1, {"a": 2}]`)}, `[1,{"a":2}]`, `[1,{"a":2}]`},
		{"matches somewhere", v1alpha1.Parameter{Pattern: "b+"}, `"abc"`, `"abc"`},
		{"matches nowhere", v1alpha1.Parameter{Pattern: "^b+$"}, `"abc"`, `"abc" does not match the pattern ^b+$`},
		{"enough", v1alpha1.Parameter{Type: v1alpha1.TypeArray, MinItems: count(1), MaxItems: count(2)}, `[1, 2]`, `[1,2]`},
		{"too few", v1alpha1.Parameter{Type: v1alpha1.TypeArray, MinItems: count(1)}, `[]`, `the list has 0 elements, and at least 1 are wanted (minItems)`},
		{"too many", v1alpha1.Parameter{Type: v1alpha1.TypeArray, MaxItems: count(1)}, `[1, 2]`, `the list has 2 elements, and at most 1 are wanted (maxItems)`},
		{"a key twice", v1alpha1.Parameter{Type: v1alpha1.TypeObject}, `{"a": 1, "a": 2}`, `the value is not valid JSON: "duplicate field \"a\""`},
		{"too deep", v1alpha1.Parameter{Type: v1alpha1.TypeArray}, strings.Repeat("[", 51) + strings.Repeat("]", 51), `the value is nested deeper than 50 levels`},
		{"brackets in a text", v1alpha1.Parameter{}, `"` + strings.Repeat("[", 60) + `\""`, `"` + strings.Repeat("[", 60) + `\""`},
		{"too large", v1alpha1.Parameter{}, `"` + strings.Repeat("x", MaxBytes) + `"`, fmt.Sprintf("the value has %d bytes, and one may have %d: put it into a file that the steps read", MaxBytes+2, MaxBytes)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			value, wrong := Check(&tt.p, v1alpha1.Value(tt.value))
			if got := string(value) + wrong; got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestFromFile(t *testing.T) {
	for _, tt := range []struct{ name, data, want string }{
		{"YAML", "epochs: 3\nwho: me\nrates: [0.1, null]\n", `epochs=3@1:9 who="me"@2:6 rates=[0.1,null]@3:1`},
		{"JSON", `{"epochs": 3, "o": {"a": null}}`, `epochs=3@1:12 o={"a":null}@1:15`},
		{"nothing", "# none\n", ""},
		{"a list", "- a\n", "f:1:1: found a list where a mapping of parameters to values is wanted, as epochs: 3"},
		{"what YAML reads otherwise", "a: 010\nb: no\nc:\n", `a wrong b wrong c wrong f:1:4: a: "010" is the number 8 to YAML: write 8 if that is meant, or put it in quotes f:2:4: b: no is the boolean false to some readers of YAML, and a text to others: write false, or put it in quotes f:3:1: c: found nothing where a value is wanted: write "" for an empty text, or remove the key`},
		{"no YAML", "a: [", "f:1: not valid YAML: did not find expected node content"},
		{"two documents", "a: 1\n---\nb: 2\n", "f:3:1: a second document begins here, and a file holds one: put it into a file of its own"},
		{"no text", "\xff", "f: f:1:1: the byte 0xff is not valid UTF-8: save the file as UTF-8"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			given, problems := FromFile("f", []byte(tt.data))
			var out []string
			for _, g := range given {
				if g.Wrong {
					out = append(out, g.Name+" wrong")
					continue
				}
				out = append(out, fmt.Sprintf("%s=%s@%d:%d", g.Name, g.Value, g.Line, g.Column))
			}
			for _, p := range problems {
				out = append(out, p.Where("")+": "+p.Message)
			}
			if got := strings.Join(out, " "); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// FuzzCheck holds, for any declaration and value: no panic; a value that is taken is taken again as it is; a message is one line.
func FuzzCheck(f *testing.F) {
	for _, seed := range [][2]string{
		{`{"name":"a","type":"integer","minimum":1,"maximum":3,"enum":[1,2],"default":1}`, `2`},
		{`{"name":"a","pattern":"^(a+)+$","enum":["a"]}`, `"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"`},
		{`{"name":"a","type":"array","minItems":1,"maxItems":2}`, `[1,{"a":[null]}]`}, {`{"type":"object","default":{"a":1e400}}`, `{"a":1,"a":2}`},
		{`{"name":"a","type":"number","enum":[1e308,-0.0]}`, `1e999999999`}, {`{"type":"nothing"}`, `"\ud800"`}, {`{"name":"\n","type":"\n","pattern":"("}`, "\xff"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, declaration, text string) {
		p := declared(declaration)
		for _, fault := range Declaration(&p) {
			oneLine(t, fault.Message)
		}
		value, wrong := Check(&p, v1alpha1.Value(text))
		if wrong != "" {
			oneLine(t, wrong)
		} else if again, wrong := Check(&p, value); wrong != "" || string(again) != string(value) {
			t.Errorf("%s is %s, and again %s %s", text, value, again, wrong)
		}
		var c yamltree.Collector
		resolved := Resolve([]v1alpha1.Parameter{p}, []Given{{Name: p.Name, Text: text, Source: "--param"}}, &c)
		for _, problem := range c.Found() {
			oneLine(t, problem.Message)
		}
		all, _ := Complete([]v1alpha1.Parameter{p}, resolved)
		again, _ := Complete([]v1alpha1.Parameter{p}, all)
		if fmt.Sprintf("%s", all) != fmt.Sprintf("%s", again) {
			t.Errorf("complete: %s, and again %s", all, again)
		}
		FromFile("f", []byte(text))
	})
}

func declared(text string) v1alpha1.Parameter {
	var p v1alpha1.Parameter
	_ = json.Unmarshal([]byte(text), &p)
	return p
}

func oneLine(t *testing.T, message string) {
	t.Helper()
	if message == "" || strings.ContainsAny(message, "\n\r\x00\x1b") {
		t.Errorf("message %q", message)
	}
}

// TestBounded: values and declarations that are large, or made to be slow, are answered soon.
func TestBounded(t *testing.T) {
	list := "[" + strings.Repeat("1,", 5<<20) + "1]"
	nested := strings.Repeat("[", 5<<20)
	keys := "{" + strings.Repeat(`"a":1,`, 1<<20) + `"a":1}`
	many := strings.Repeat("a", MaxBytes-2)
	for name, tt := range map[string][2]string{
		"a list of 10 MB":           {`{"type":"array"}`, list},
		"10 MB of brackets":         {`{"type":"array"}`, nested},
		"one key for ever":          {`{"type":"object"}`, keys},
		"a pattern that backtracks": {`{"pattern":"^(a+)+$"}`, `"` + many[:len(many)-1] + `!"`},
	} {
		t.Run(name, func(t *testing.T) {
			p := declared(tt[0])
			if _, wrong := Check(&p, v1alpha1.Value(tt[1])); wrong == "" || len(wrong) > 500 {
				t.Errorf("got %.600s", wrong)
			}
		})
	}
	enum := v1alpha1.Parameter{Name: "a", Type: v1alpha1.TypeInteger}
	for i := range 100_000 {
		enum.Enum = append(enum.Enum, v1alpha1.Value(fmt.Sprint(i)))
	}
	if faults := Declaration(&enum); len(faults) > 0 {
		t.Error(faults[0])
	}
	if _, wrong := Check(&enum, v1alpha1.Value("100000")); len(wrong) > 500 {
		t.Errorf("got %.600s", wrong)
	}
}

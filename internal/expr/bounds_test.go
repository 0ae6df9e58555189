package expr_test

import (
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stepherd/stepherd/internal/expr"
)

// maxAllocated is how much memory one evaluation may take, all together: the limit of its work is what bounds it.
const maxAllocated = 512 << 20

// bombs are expressions that would take all time or memory. list is [1,2,...] of 10,000 elements, text is 500 KB.
var bombs = map[string]string{
	"quadratic comprehension": "parameters.list.map(x, parameters.list.map(y, x == y))",
	"cubic, without a call":   "parameters.list.filter(x, parameters.list.filter(y, parameters.list.filter(z, false) == []) == [])",
	"range":                   "lists.range(9223372036854775807)",
	"doubling of a list":      "[parameters.list]" + strings.Repeat(".map(x, x + x)", 40) + "[0].size()",
	"list of itself":          "[1]" + strings.Repeat(".map(x, [x, x])", 60),
	"equality of such":        "[1]" + strings.Repeat(".map(x, [x, x])", 60) + " == [1]" + strings.Repeat(".map(x, [x, x])", 60),
	"in of such":              "[1]" + strings.Repeat(".map(x, [x, x])", 60) + " in [1, [1]" + strings.Repeat(".map(x, [x, x])", 60) + "]",
	"format of such":          "'%s'.format([[1]" + strings.Repeat(".map(x, [x, x])", 60) + "])",
	"flatten of such":         "[1]" + strings.Repeat(".map(x, [x, x])", 60) + ".flatten(100)",
	"distinct of such":        "[1]" + strings.Repeat(".map(x, [x, x])", 60) + ".distinct()",
	"text of itself":          "['xxxxxxxxxxxxxxxx']" + strings.Repeat(".map(x, x + x)", 40) + "[0]",
	"replace":                 "parameters.text.replace('', parameters.text)",
	"replace, some":           "parameters.text.replace('x', parameters.text, 1000000)",
	"join":                    "parameters.list.map(x, 'a').join(parameters.text)",
	"format":                  "'" + strings.Repeat("%s", 4000) + "'.format(parameters.list.map(x, parameters.text))",
	"split":                   "parameters.list.map(x, parameters.text.split(''))",
	"search":                  "parameters.text.indexOf(parameters.text.substring(250000) + 'y')",
	"last search":             "parameters.text.lastIndexOf('y' + parameters.text.substring(250000))",
	"regular expression":      "parameters.list.exists(x, parameters.text.matches('(x+x+)+y'))",
	"large pattern":           "parameters.text.matches('" + strings.Repeat("(x{100}){10}", 80) + "y')",
	"many patterns":           "parameters.list.exists(x, 'y'.matches('" + strings.Repeat("(x{100}){10}", 80) + "' + string(x)))",
	"distinct":                "parameters.list.distinct()",
	"sort":                    "parameters.list.exists(x, parameters.list.map(y, int(y)).sort() == [])",
	"sortBy":                  "parameters.list.exists(x, parameters.list.sortBy(y, -int(y)) == [])",
	"reverse":                 "parameters.list.exists(x, parameters.list.reverse() == [])",
	"slice":                   "parameters.list.exists(x, parameters.list.slice(1, 9999) == [])",
	"in":                      "parameters.list.exists(x, -1 in parameters.list)",
	"greatest":                "parameters.list.exists(x, math.greatest(parameters.list.map(y, int(y))) == 0)",
	"comparisons of text":     "parameters.list.exists(x, parameters.text + 'a' == parameters.text + 'b')",
}

func bombValues() (expr.Scope, *expr.Values) {
	numbers := make([]string, 10_000)
	for i := range numbers {
		numbers[i] = fmt.Sprint(i)
	}
	return expr.Scope{Parameters: []expr.Variable{{Name: "list", Type: expr.Array}, {Name: "text"}}}, &expr.Values{Parameters: map[string]json.RawMessage{
		"list": json.RawMessage("[" + strings.Join(numbers, ",") + "]"),
		"text": json.RawMessage(`"` + strings.Repeat("x", 500_000) + `"`),
	}}
}

// allocated returns how much memory a function took.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestBombs(t *testing.T) {
	scope, v := bombValues()
	e, err := expr.NewEnv(scope)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range bombs {
		c, faults := e.Text("${{ "+text+" }}", expr.Place{})
		if len(faults) > 0 {
			t.Errorf("%s: %v", name, faults)
			continue
		}
		var got any
		size := allocated(func() { got, err = c.Value(v) })
		if err == nil || !strings.Contains(err.Error(), "too much work") && !strings.Contains(err.Error(), "larger than") && !strings.Contains(err.Error(), "regular expression") {
			t.Errorf("%s: %.80v, %v", name, got, err)
		}
		if size > maxAllocated {
			t.Errorf("%s: took %d MB", name, size>>20)
		}
	}
}

// TestWorkOfOrdinarySize: what people write is far from the limits.
func TestWorkOfOrdinarySize(t *testing.T) {
	scope, v := bombValues()
	e, err := expr.NewEnv(scope)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]any{
		"parameters.list.filter(x, int(x) % 2 == 0).size()":                       int64(5000),
		"parameters.list.map(x, int(x)).sort()[0]":                                int64(0),
		"parameters.list.sortBy(x, -int(x))[0]":                                   int64(9999),
		"parameters.list.map(x, string(x)).join(',').size()":                      int64(48889),
		"parameters.list.slice(0, 700).distinct().size()":                         int64(700),
		"9999 in parameters.list":                                                 true,
		"parameters.list == parameters.list":                                      true,
		"parameters.text.matches('^x+$')":                                         true,
		"parameters.list.filter(x, string(x).matches('^[0-9]{3}$')).size()":       int64(900),
		"parameters.text.replace('x', 'y').indexOf('x')":                          int64(-1),
		"(parameters.list + parameters.list).size()":                              int64(20000),
		"lists.range(300).map(x, lists.range(300).filter(y, y == x)[0]).size()":   int64(300),
		"parameters.list.all(x, x in parameters.list.slice(0, 10) || int(x) > 9)": true,
	} {
		c, faults := e.Text("${{ "+text+" }}", expr.Place{})
		if len(faults) > 0 {
			t.Errorf("%s: %v", text, faults)
			continue
		}
		if got, err := c.Value(v); err != nil || got != want {
			t.Errorf("%s: %v, %v; want %v", text, got, err, want)
		}
	}
}

// TestLargeValues: a value above 1 MiB is not read, and one that is deeply nested is.
func TestLargeValues(t *testing.T) {
	for _, test := range []struct{ name, value, text, want string }{
		{"list of 10 MB", "[" + strings.Repeat("1,", 5<<20) + "1]", "${{ parameters.list.size() }}", "10485763 bytes"},
		{"deep", strings.Repeat("[", 9000) + strings.Repeat("]", 9000), "${{ parameters.list.size() }}", ""},
		{"deep, as JSON", strings.Repeat("[", 9000) + strings.Repeat("]", 9000), "${{ parameters.list }}", ""},
		{"too deep", strings.Repeat("[", 20000) + strings.Repeat("]", 20000), "${{ parameters.list }}", "exceeded max depth"},
		{"1 MiB", "[" + strings.Repeat("1,", 500_000) + "1]", "${{ parameters.list.size() }}", ""},
		{"number", "[1e999]", "${{ parameters.list.size() }}", "too large"},
		{"two values", "[] []", "${{ parameters.list.size() }}", "something follows"},
	} {
		e, err := expr.NewEnv(expr.Scope{Parameters: []expr.Variable{{Name: "list", Type: expr.Array}}})
		if err != nil {
			t.Fatal(err)
		}
		c, faults := e.Text(test.text, expr.Place{})
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		_, err = c.Value(&expr.Values{Parameters: map[string]json.RawMessage{"list": json.RawMessage(test.value)}})
		if (err != nil) != (test.want != "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
}

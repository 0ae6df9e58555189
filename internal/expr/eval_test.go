package expr_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stepherd/stepherd/internal/expr"
)

// failing are texts that only values can fail.
var failing = []string{
	"${{ steps.train.v2.results.val-acc }}",
	"accuracy ${{ steps.train.v2.results.val-acc * 100 }} %",
	"${{ steps.load-data.results.rows > 3 && steps.train.v2.results.model == 'x' }}",
	"${{ steps.gone.results.x }}",
	"${{ steps.late.results.x }}",
	"${{ steps.late.phase }}",
	"${{ steps.crashed.results.x }}",
	"${{ steps.cancelled.results.x }}",
	"${{ steps.wrong.results.x }}",
	"${{ steps.wrong.results.y }}",
	"${{ steps.wrong.results.z }}",
	"${{ run.scheduledAt }}",
	"${{ run.phase }}",
	"${{ parameters.missing }}",
	"${{ parameters.config.nothing }}",
	"${{ parameters.config.none }}",
	"${{ parameters.config['lr'].deeper }}",
	"${{ parameters.list[9] }}",
	"${{ parameters.list[2] }}",
	"${{ parameters.list[1] + 1 }}",
	"${{ parameters.n / 0 }}",
	"${{ parameters.n % 0 }}",
	"${{ parameters.rate / 0 }}",
	"${{ 9223372036854775807 + parameters.n }}",
	"${{ 18446744073709551615u }}",
	"${{ int(parameters.name) }}",
	"${{ duration(parameters.name) }}",
	"${{ timestamp(parameters.name) }}",
	"${{ parameters.name.matches('(') }}",
	"${{ parameters.name.substring(9) }}",
	"${{ '%d'.format([parameters.list[1]]) }}",
	"${{ timestamp('2026-01-02T03:04:05Z').getHours('Europe/Berlin') }}",
	"${{ dyn(b'abc') }}",
	"${{ {1.5: 'a'} }}",
	"${{ [1, 2].map(x, x == 1 ? dyn(null) : dyn(type(x))) }}",
	"${{ parameters.config }}${{ parameters.config.lr.x }}",
	"${{ lists.range(2000000) }}",
	"${{ lists.range(1000).map(x, lists.range(1000).map(y, x * y)) }}",
	"${{ 'this expression is far too long to be shown in a message, and so only its beginning is' + string(parameters.n / 0) }}",
	"${{ '\\u0000' }}",
	"${{ lists.range(40000).map(x, 'abcd').join() }}",
	"${{ [1, 2].sortBy(x, x == 1 ? dyn('a') : dyn(x)) }}",
}

// failingScope is a scope for them.
func failingScope() (expr.Scope, *expr.Values) {
	s, v := scope(), values()
	s.Parameters = append(s.Parameters, expr.Variable{Name: "missing"})
	v.Parameters["config"] = json.RawMessage(`{"lr":0.1,"none":null}`)
	integer := []expr.Variable{{Name: "x", Type: expr.Integer}, {Name: "y", Type: expr.Object}, {Name: "z", Type: expr.String}}
	phases := map[string]string{"gone": "Skipped", "late": "", "crashed": "Failed", "cancelled": "Cancelled", "wrong": "Succeeded"}
	for _, name := range []string{"gone", "late", "crashed", "cancelled", "wrong"} {
		s.Steps = append(s.Steps, expr.Step{Name: name, Results: integer})
	}
	others := v.Step
	v.Step = func(name string) (string, map[string]json.RawMessage, bool) {
		if name == "wrong" {
			return "Succeeded", map[string]json.RawMessage{"x": json.RawMessage(`"a"`), "y": json.RawMessage(`{"a":`)}, true
		}
		if phase, has := phases[name]; has {
			return phase, nil, phase != ""
		}
		return others(name)
	}
	return s, v
}

// TestEvaluationErrors holds the whole text of every error that values make.
func TestEvaluationErrors(t *testing.T) {
	scope, v := failingScope()
	e, err := expr.NewEnv(scope)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, text := range failing {
		c, faults := e.Text(text, anywhere())
		if len(faults) > 0 {
			t.Errorf("%s: %v", text, faults)
			continue
		}
		got, err := c.Argument(v)
		if err == nil {
			t.Errorf("%s: %.100s, and no error", text, got)
			continue
		}
		fmt.Fprintf(&b, "%s\n  %v\n", text, err)
	}
	golden(t, "testdata/errors.txt", b.String())
}

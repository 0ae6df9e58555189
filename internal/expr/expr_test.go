package expr_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/stepherd/stepherd/internal/expr"
)

// scope has names with dashes and dots, and names that begin like others.
func scope() expr.Scope {
	return expr.Scope{
		Parameters: []expr.Variable{
			{Name: "name"}, {Name: "n", Type: expr.Integer}, {Name: "rate", Type: expr.Number}, {Name: "list", Type: expr.Array},
			{Name: "config", Type: expr.Object}, {Name: "learning", Type: expr.Integer}, {Name: "learning-rate", Type: expr.Number}, {Name: "on", Type: expr.Boolean},
		},
		Steps: []expr.Step{
			{Name: "load-data", Results: []expr.Variable{{Name: "rows", Type: expr.Integer}}},
			{Name: "load"},
			{Name: "train.v2", Results: []expr.Variable{{Name: "val-acc", Type: expr.Number}, {Name: "model"}}},
		},
	}
}

// values are those of a run in which load-data succeeded and the others were skipped.
func values() *expr.Values {
	raw := func(s string) json.RawMessage { return json.RawMessage(s) }
	return &expr.Values{
		Parameters: map[string]json.RawMessage{
			"name": raw(`"World"`), "n": raw(`3`), "rate": raw(`1`), "list": raw(`[1,"a",null,2.5]`),
			"config": raw(`{"lr":0.1,"a-b":{"c":[1,2]}}`), "learning-rate": raw(`0.25`), "on": raw(`true`),
		},
		Run: expr.RunInfo{Name: "p-abc", UID: "u", Namespace: "ns", Pipeline: "p"},
		Step: func(name string) (string, map[string]json.RawMessage, bool) {
			if name == "load-data" {
				return "Succeeded", map[string]json.RawMessage{"rows": raw("12")}, true
			}
			return "Skipped", nil, true
		},
		Succeeded: true,
	}
}

// anywhere allows everything.
func anywhere() expr.Place {
	return expr.Place{Visible: func(string) bool { return true }, Status: true, Finally: true}
}

// valued are texts and their values.
var valued = map[string]any{
	"plain":                        "plain",
	"hello ${{ parameters.name }}": "hello World",
	"${{ steps.load-data.results.rows - 1 }}":    int64(11),
	"${{ steps['load-data'].results['rows'] }}":  int64(12),
	"${{ parameters.config['a-b'].c }}":          []any{int64(1), int64(2)},
	"x${{ parameters.list }}":                    `x[1,"a",null,2.5]`,
	"${{ parameters.rate }}":                     1.0,
	`${{ "${{" }}`:                               "${{",
	`${{ "}}" }}`:                                "}}",
	`${{ {'a':{'b':1}} }}`:                       map[string]any{"a": map[string]any{"b": int64(1)}},
	"${{ has(run.scheduledAt) }}":                false,
	"${{ has(steps.train.v2.results.val-acc) }}": false,
	"${{ parameters.learning-rate > 0 }}":        true,
	"${{ failed() || always() }}":                true,
	// Numbers of both kinds.
	"${{ parameters.learning-rate * 2 }}":                                 0.5,
	"${{ 2 * parameters.learning-rate + parameters.n }}":                  3.5,
	"${{ parameters.n / 2 }}":                                             int64(1),
	"${{ parameters.n / 2.0 }}":                                           1.5,
	"${{ parameters.n - parameters.learning-rate }}":                      2.75,
	"${{ parameters.n == 3.0 && 3 != 3.5 && parameters.list[0] == 1.0 }}": true,
	"${{ parameters.list[0] + 0.5 }}":                                     1.5,
	// Names.
	"${{ parameters.n-1 }}":                                                  int64(2),
	"${{ parameters.n -parameters.n }}":                                      int64(0),
	"${{ steps . load-data . results . rows }}":                              int64(12),
	"${{ steps.`load-data`.results.`rows` }}":                                int64(12),
	"${{ steps.load.phase + steps.load-data.phase }}":                        "SkippedSucceeded",
	"${{ parameters.config.lr }}":                                            0.1,
	"${{ {'steps': 1}.steps }}":                                              int64(1),
	"${{ {'run': {'parameters': 2}}.run.parameters }}":                       int64(2),
	"${{ run.name }}/${{ run['uid'] }}/${{run.namespace}}/${{run.pipeline}}": "p-abc/u/ns/p",
	"${{ has(parameters.config.lr) && !has(parameters.config.x) }}":          true,
	// Strings of CEL, and what ends an expression.
	`${{ r'\}}' }}`:                      `\}}`,
	"${{ '''it's }}''' }}":               "it's }}",
	`${{ """a"b""" + r"\" }}`:            `a"b\`,
	`${{ 'a\'b' }}`:                      "a'b",
	"${{ string(b'}}') }}":               "}}",
	"${{ 1 // }} \n }}":                  int64(1),
	"a${{ {} }}b${{ [] }}c${{ [{}] }}}}": "a{}b[]c[{}]}}",
	"${{ {1: 'a', true: 2u} }}":          map[string]any{"1": "a", "true": int64(2)},
	// How values are written.
	"x ${{ parameters.config }} ${{ parameters.on }} ${{ 1.5 }} ${{ 1e21 }} ${{ 2.0 }}": `x {"a-b":{"c":[1,2]},"lr":0.1} true 1.5 1e+21 2`,
	`x${{ ['<&>', '\"', 'ä'] }}`:                                  `x["<&>","\"","ä"]`,
	"${{ duration('90m') }}":                                      "5400s",
	"${{ timestamp('2026-01-02T03:04:05Z') - duration('24h') }}":  "2026-01-01T03:04:05Z",
	"${{ timestamp('2026-01-02T03:04:05Z').getHours('+02:00') }}": int64(5),
	// What CEL does not evaluate cannot fail.
	"${{ has(steps.train.v2.results.val-acc) ? steps.train.v2.results.val-acc : 0.0 }}": 0.0,
	"${{ true || steps.train.v2.results.val-acc > 1 }}":                                 true,
	"${{ 'abc'.matches('^a.c$') && 'a,b'.split(',') == ['a', 'b'] }}":                   true,
	"${{ lists.range(3).map(x, string(x)).join('-')}}":                                  "0-1-2",
}

func TestValue(t *testing.T) {
	e, err := expr.NewEnv(scope())
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range valued {
		c, faults := e.Text(text, anywhere())
		if len(faults) > 0 {
			t.Errorf("%s: %v", text, faults)
			continue
		}
		if got, err := c.Value(values()); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %#v, %v; want %#v", text, got, err, want)
		}
	}
}

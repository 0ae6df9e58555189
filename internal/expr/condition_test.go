package expr_test

import (
	"reflect"
	"testing"

	"github.com/stepherd/stepherd/internal/expr"
)

func TestCondition(t *testing.T) {
	e, err := expr.NewEnv(scope())
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		text                  string
		holds, status, exempt bool
		uses                  expr.Uses
	}{
		{text: "parameters.on", holds: true},
		{text: " ${{ !parameters.on }}\n"},
		{text: "steps.load-data.results.rows > 10", holds: true, uses: expr.Uses{Results: true, Steps: []string{"load-data"}}},
		{text: "steps.load.phase == 'Skipped' && steps.train.v2.phase != 'Failed'", holds: true, uses: expr.Uses{Phases: true, Steps: []string{"load", "train.v2"}}},
		{text: "has(steps.train.v2.results.model) || steps.load.phase == 'Skipped'", holds: true, uses: expr.Uses{Results: true, Phases: true, Steps: []string{"train.v2", "load"}}},
		{text: "succeeded()", holds: true, status: true},
		{text: "failed()", status: true, exempt: true},
		{text: "!failed( )", holds: true, status: true, exempt: true},
		{text: "always()", holds: true, status: true, exempt: true},
		{text: "succeeded() && parameters.n == 3", holds: true, status: true},
		{text: "parameters.rate == parameters.n - 2", holds: true},
		{text: "parameters.n > 2.5", holds: true},
		{text: "parameters.config.lr == 0.1", holds: true},
		{text: "'always()' == 'failed()'"},
		{text: "parameters.name in ['World', '}}', '${{']", holds: true},
		{text: "true // always()", holds: true},
		{text: "${{ run.phase == 'Failed' || true }}", holds: true},
	} {
		c, faults := e.Condition(test.text, anywhere())
		if len(faults) > 0 {
			t.Errorf("%s: %v", test.text, faults)
			continue
		}
		if holds, err := c.Eval(values()); err != nil || holds != test.holds {
			t.Errorf("%s: %v, %v", test.text, holds, err)
		}
		if c.CallsStatus() != test.status || c.Exempt() != test.exempt || !reflect.DeepEqual(c.Uses(), test.uses) {
			t.Errorf("%s: calls %v, exempt %v, uses %+v", test.text, c.CallsStatus(), c.Exempt(), c.Uses())
		}
	}
}

// TestConditionThatIsNoBoolean: where the type is not known before, the value decides.
func TestConditionThatIsNoBoolean(t *testing.T) {
	e, err := expr.NewEnv(scope())
	if err != nil {
		t.Fatal(err)
	}
	c, faults := e.Condition("parameters.config.lr", anywhere())
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	_, err = c.Eval(values())
	if want := "a condition must be true or false, and ${{parameters.config.lr}} is 0.1"; err == nil || err.Error() != want {
		t.Errorf("%v, want %q", err, want)
	}
}

// TestStatusFunctions: what they return is what the run says.
func TestStatusFunctions(t *testing.T) {
	e, err := expr.NewEnv(scope())
	if err != nil {
		t.Fatal(err)
	}
	c, faults := e.Condition("failed() && !succeeded() && always()", expr.Place{Status: true})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	for _, v := range []*expr.Values{{}, {Failed: true}, {Succeeded: true}, {Failed: true, Succeeded: true}} {
		if holds, err := c.Eval(v); err != nil || holds != (v.Failed && !v.Succeeded) {
			t.Errorf("%+v: %v, %v", v, holds, err)
		}
	}
}

package expr_test

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"

	"github.com/stepherd/stepherd/internal/expr"
)

// chain returns the scope of a pipeline of n steps with a result each, and the text with which one uses the result of another.
func chain(n int) (expr.Scope, func(i int) string) {
	var s expr.Scope
	for i := range n {
		s.Steps = append(s.Steps, expr.Step{Name: fmt.Sprintf("step-%d", i), Results: []expr.Variable{{Name: "count", Type: expr.Integer}}})
	}
	return s, func(i int) string { return fmt.Sprintf("--count=${{ steps.step-%d.results.count + 1 }}", i) }
}

// TestManySteps: an expression that differs from another in names only costs no second program of CEL, and refers to its own step.
func TestManySteps(t *testing.T) {
	const n = 10_000
	s, text := chain(n)
	e, err := expr.NewEnv(s)
	if err != nil {
		t.Fatal(err)
	}
	place := expr.Place{Visible: func(string) bool { return true }}
	var all []*expr.Text
	size := allocated(func() {
		for i := range n {
			c, faults := e.Text(text(i), place)
			if len(faults) > 0 {
				t.Fatal(faults)
			}
			all = append(all, c)
		}
	})
	// A program of CEL takes some 10 KB and as much garbage as ten times that.
	if perStep := size / n; perStep > 8<<10 {
		t.Errorf("an expression takes %d bytes: it is compiled anew", perStep)
	}
	v := &expr.Values{Step: func(name string) (string, map[string]json.RawMessage, bool) {
		var i int
		_, err := fmt.Sscanf(name, "step-%d", &i)
		return "Succeeded", map[string]json.RawMessage{"count": json.RawMessage(fmt.Sprint(i))}, err == nil
	}}
	for _, i := range []int{0, 1, 777, n - 1} {
		if got, err := all[i].Argument(v); err != nil || got != fmt.Sprintf("--count=%d", i+1) {
			t.Errorf("step %d: %q, %v", i, got, err)
		}
	}
}

// TestConcurrently: an Env and what it compiled may be used by several goroutines.
func TestConcurrently(t *testing.T) {
	e, err := expr.NewEnv(scope())
	if err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	for i := range 8 {
		done.Go(func() {
			for k := range 50 {
				text := fmt.Sprintf("${{ parameters.list.size() + %d }}${{ parameters.config.missing }}", (i*k)%7)
				c, faults := e.Text(text, anywhere())
				if len(faults) > 0 {
					t.Error(faults)
					return
				}
				if _, err := c.Value(values()); err == nil {
					t.Error("no error")
				}
				if got, err := c.Argument(values()); err == nil {
					t.Error(got)
				}
			}
		})
	}
	done.Wait()
}

func BenchmarkCompile10000(b *testing.B) {
	s, text := chain(10_000)
	place := expr.Place{Visible: func(string) bool { return true }}
	for _, distinct := range []bool{false, true} {
		b.Run(fmt.Sprintf("distinct=%v", distinct), func(b *testing.B) {
			for range b.N {
				e, err := expr.NewEnv(s)
				if err != nil {
					b.Fatal(err)
				}
				for i := range 10_000 {
					one := text(i)
					if distinct {
						one += fmt.Sprintf("${{ %d }}", i)
					}
					if _, faults := e.Text(one, place); len(faults) > 0 {
						b.Fatal(faults)
					}
				}
			}
		})
	}
}

func BenchmarkEval(b *testing.B) {
	e, err := expr.NewEnv(scope())
	if err != nil {
		b.Fatal(err)
	}
	c, faults := e.Text("--rows=${{ steps.load-data.results.rows + parameters.n }}", anywhere())
	if len(faults) > 0 {
		b.Fatal(faults)
	}
	v := values()
	for range b.N {
		if _, err := c.Argument(v); err != nil {
			b.Fatal(err)
		}
	}
}

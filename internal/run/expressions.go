package run

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/validate"
	"github.com/stepherd/stepherd/internal/errs"
	"github.com/stepherd/stepherd/internal/expr"
)

// formulas are the expressions of a step, as far as a run decides by them.
type formulas struct {
	when      string          // as the file has it
	condition *expr.Condition // nil where there is none
	exempt    bool            // the condition calls failed() or always()
	// uses are the steps whose phase or results the condition, command, args or env use, by number.
	uses []int
	// evaluates reports whether command, args or env have expressions.
	evaluates bool
}

// decides reports whether there is something to decide before the step may start.
func (f *formulas) decides() bool { return f.condition != nil || len(f.uses) > 0 }

// compiler compiles the expressions of a pipeline's steps.
type compiler struct {
	plan   *Plan
	env    *expr.Env
	index  map[string]int
	faults []error
}

// compile compiles the conditions, and finds out what the steps' expressions use. A pipeline without expressions has no compiler.
func (p *Plan) compile(pipeline *v1alpha1.Pipeline, steps []v1alpha1.Step) error {
	shared := hasExpressions(&v1alpha1.Step{Settings: pipeline.Settings})
	var c *compiler
	for i := range steps {
		st, t := &steps[i], &p.templates[i]
		t.evaluates = shared || hasExpressions(st)
		if st.When == "" && !hasExpressions(st) {
			continue
		}
		if c == nil {
			env, err := expr.NewEnv(validate.Scope(pipeline))
			if err != nil {
				return err
			}
			c = &compiler{plan: p, env: env, index: firstTable(p.templates).index}
		}
		c.step(i, st)
		p.decides = p.decides || t.decides()
	}
	if c == nil {
		return nil
	}
	return errs.Join(c.faults...)
}

// maxQuoted is how many bytes of an expression a message shows.
const maxQuoted = 128

// hasExpressions reports whether there are any in a step's own command, args or env.
func hasExpressions(s *v1alpha1.Step) bool {
	return slices.ContainsFunc(texts(s), expr.HasExpression)
}

// texts are the command, args and env of a step.
func texts(s *v1alpha1.Step) []string {
	all := slices.Concat(s.Command, s.Args)
	for i := range s.Settings.Env {
		all = append(all, s.Settings.Env[i].Value)
	}
	return all
}

// step compiles the expressions of a step.
func (c *compiler) step(i int, st *v1alpha1.Step) {
	t := &c.plan.templates[i]
	place := expr.Place{Visible: c.visible(i), Finally: t.finally}
	for _, text := range texts(st) {
		if compiled, faults := c.env.Text(text, place); len(faults) > 0 {
			c.refuse(st, text, faults)
		} else {
			t.use(c.index, compiled.Uses())
		}
	}
	if st.When == "" {
		return
	}
	place.Status = true
	condition, faults := c.env.Condition(st.When, place)
	if len(faults) > 0 {
		c.refuse(st, st.When, faults)
		return
	}
	t.when, t.condition, t.exempt = st.When, condition, condition.Exempt()
	t.use(c.index, condition.Uses())
	if kind := kindOf(condition); kind != afterSuccess {
		for k := range t.needs {
			t.needs[k].kind = kind
		}
	}
}

// kindOf is what a step with a condition waits for.
func kindOf(c *expr.Condition) edgeKind {
	switch {
	case c.Exempt():
		return afterEnd
	case c.CallsStatus():
		return afterNoFailure
	}
	return afterSuccess
}

func (c *compiler) refuse(st *v1alpha1.Step, text string, faults []expr.Fault) {
	for _, f := range faults {
		c.faults = append(c.faults, fmt.Errorf("step %q: %q: %w", st.Name, cut(text, maxQuoted), f))
	}
}

// use notes the steps that an expression uses.
func (f *formulas) use(index map[string]int, uses expr.Uses) {
	for _, name := range uses.Steps {
		if i, known := index[name]; known && !slices.Contains(f.uses, i) {
			f.uses = append(f.uses, i)
		}
	}
}

// visible returns whether a step's expressions may use another step: one that it needs, directly or by others, and under finally
// all that are not. A step that waited for one that waits for it would wait for ever.
func (c *compiler) visible(i int) func(string) bool {
	var above map[int]bool
	return func(name string) bool {
		k, known := c.index[name]
		templates := c.plan.templates
		switch {
		case !known:
			return false
		case templates[i].finally && !templates[k].finally:
			return true
		case slices.ContainsFunc(templates[i].needs, func(need edge) bool { return int(need.node) == k }):
			return true
		case above == nil:
			above = map[int]bool{}
			c.climb(i, above)
		}
		return above[k]
	}
}

// climb finds all that a step needs, directly or by others.
func (c *compiler) climb(i int, above map[int]bool) {
	for _, need := range c.plan.templates[i].needs {
		if k := int(need.node); !above[k] {
			above[k] = true
			c.climb(k, above)
		}
	}
}

func rawValues(values map[string]v1alpha1.Value) map[string]json.RawMessage {
	raw := make(map[string]json.RawMessage, len(values))
	for name, v := range values {
		raw[name] = json.RawMessage(v)
	}
	return raw
}

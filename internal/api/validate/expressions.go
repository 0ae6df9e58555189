package validate

import (
	"regexp"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/yamltree"
	"github.com/stepherd/stepherd/internal/expr"
)

// Scope is all that the expressions of a pipeline may name.
func Scope(p *v1alpha1.Pipeline) expr.Scope {
	out := expr.Scope{Parameters: make([]expr.Variable, 0, len(p.Parameters)), Steps: make([]expr.Step, 0, p.StepCount())}
	for i := range p.Parameters {
		out.Parameters = append(out.Parameters, variable(p.Parameters[i].Name, p.Parameters[i].Type))
	}
	for _, s := range p.EachStep() {
		step := expr.Step{Name: s.Name}
		for _, r := range s.Results {
			step.Results = append(step.Results, variable(r.Name, r.Type))
		}
		out.Steps = append(out.Steps, step)
	}
	return out
}

func variable(name string, t v1alpha1.ValueType) expr.Variable {
	return expr.Variable{Name: name, Type: expr.Type(t.OrString())}
}

// expressionRules compiles the expressions that a run evaluates. Those that are resolved when the run is submitted are gone by then.
type expressionRules struct {
	*validator
	env *expr.Env
}

// expressions costs a pipeline without any expression next to nothing.
func (v *validator) expressions(p *v1alpha1.Pipeline) {
	if !hasExpressions(p) {
		return
	}
	var root *yamltree.Path
	env, err := expr.NewEnv(Scope(p))
	if err != nil {
		v.report(root, "%s", err)
		return
	}
	r, needs := expressionRules{v, env}, newNeeds(p)
	r.variables(root.Fields("settings", "env"), p.Settings.Env, expr.Place{})
	n := 0
	for at, s := range yamltree.Steps(p) {
		r.step(at, s, expr.Place{Visible: needs.visible(n), Finally: n >= len(p.Steps)})
		n++
	}
}

func (r expressionRules) step(at *yamltree.Path, s *v1alpha1.Step, p expr.Place) {
	r.words(at.Field("command"), s.Command, p)
	r.words(at.Field("args"), s.Args, p)
	r.variables(at.Fields("settings", "env"), s.Settings.Env, p)
	if s.When == "" || r.silent(at.Field("when")) {
		return
	}
	when := at.Field("when")
	switch open := strings.Index(s.When, "${{"); {
	case strings.TrimSpace(s.When) == "":
		r.report(when, "the condition is blank: write one, or remove the line")
		return
	case open < 0 && foreignOpening.MatchString(s.When):
		r.reportInside(when, foreignOpening.FindStringIndex(s.When)[0], "this looks like a template of another tool: write the condition itself, as when: parameters.deploy, or in ${{ }}")
		return
	case open >= 0 && strings.TrimSpace(s.When[:open]) != "":
		r.reportInside(when, open, "a condition is one expression: write ${{ around all of it, or leave ${{ }} out")
		return
	}
	p.Status = true
	_, faults := r.env.Condition(s.When, p)
	r.faults(when, faults)
}

// foreignOpening is how values of other tools begin, which CEL has no use for.
var foreignOpening = regexp.MustCompile(`\{\{|\$\(`)

func (r expressionRules) words(at *yamltree.Path, words []string, p expr.Place) {
	for i, word := range words {
		r.text(at.At(i), word, p)
	}
}

func (r expressionRules) variables(at *yamltree.Path, env []corev1.EnvVar, p expr.Place) {
	for i := range env {
		r.text(at.At(i).Field("value"), env[i].Value, p)
	}
}

func (r expressionRules) text(at *yamltree.Path, text string, p expr.Place) {
	if expr.HasExpression(text) && !r.silent(at) {
		_, faults := r.env.Text(text, p)
		r.faults(at, faults)
	}
}

func (r expressionRules) faults(at *yamltree.Path, faults []expr.Fault) {
	for _, f := range faults {
		r.reportInside(at, f.Offset, "%s", f.Message)
	}
}

func hasExpressions(p *v1alpha1.Pipeline) bool {
	if inEnv(p.Settings.Env) {
		return true
	}
	for _, s := range p.EachStep() {
		if s.When != "" || inWords(s.Command) || inWords(s.Args) || inEnv(s.Settings.Env) {
			return true
		}
	}
	return false
}

func inWords(words []string) bool {
	for _, word := range words {
		if expr.HasExpression(word) {
			return true
		}
	}
	return false
}

func inEnv(env []corev1.EnvVar) bool {
	for i := range env {
		if expr.HasExpression(env[i].Value) {
			return true
		}
	}
	return false
}

// needs is the graph of both lists, for the question which steps an expression may name.
type needs struct {
	number   map[string]int
	direct   [][]int
	ordinary int // those before are the steps, those behind them stand under finally
	seen     []int
	asked    int
}

func newNeeds(p *v1alpha1.Pipeline) *needs {
	n := &needs{number: make(map[string]int, p.StepCount()), ordinary: len(p.Steps)}
	for i, s := range p.EachStep() {
		n.number[s.Name] = i
	}
	for _, s := range p.EachStep() {
		direct := make([]int, 0, len(s.Needs))
		for _, name := range s.Needs {
			if i, known := n.number[name]; known {
				direct = append(direct, i)
			}
		}
		n.direct = append(n.direct, direct)
	}
	n.seen = make([]int, len(n.direct))
	return n
}

// visible reports, for the step of a number, whether its expressions may name a step: one that it needs, directly or by others;
// under finally, any of steps, too.
func (n *needs) visible(step int) func(name string) bool {
	return func(name string) bool {
		wanted, known := n.number[name]
		switch {
		case !known:
			return false
		case step >= n.ordinary && wanted < n.ordinary:
			return true
		}
		n.asked++
		return n.reaches(step, wanted)
	}
}

// reaches walks the needs upwards, each step once.
func (n *needs) reaches(from, wanted int) bool {
	for todo := []int{from}; len(todo) > 0; {
		at := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, next := range n.direct[at] {
			if next == wanted {
				return true
			}
			if n.seen[next] != n.asked {
				n.seen[next] = n.asked
				todo = append(todo, next)
			}
		}
	}
	return false
}

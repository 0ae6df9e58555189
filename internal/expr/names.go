package expr

import (
	"fmt"
	"slices"
	"strings"

	"github.com/stepherd/stepherd/internal/suggest"
)

// names are the names of a scope.
type names struct {
	parameters variables
	steps      map[string]variables
	order      []string // of the steps
}

// variables are variables by name, and their names in the order of the file.
type variables struct {
	types map[string]Type
	order []string
}

func newNames(s Scope) *names {
	n := &names{parameters: newVariables(s.Parameters), steps: make(map[string]variables, len(s.Steps))}
	for _, step := range s.Steps {
		n.steps[step.Name] = newVariables(step.Results)
		n.order = append(n.order, step.Name)
	}
	return n
}

func newVariables(all []Variable) variables {
	v := variables{types: make(map[string]Type, len(all))}
	for _, one := range all {
		v.types[one.Name] = one.Type
		if one.Type == "" {
			v.types[one.Name] = String
		}
		v.order = append(v.order, one.Name)
	}
	return v
}

func (v variables) has(name string) bool { _, has := v.types[name]; return has }

// runFields are the fields of run, all strings.
var runFields = []string{"name", "uid", "namespace", "pipeline", "scheduledAt", "phase"}

// stepFields are the fields of a step.
var stepFields = []string{"results", "phase"}

// parameter reads what follows the word parameters.
func (w *rewriter) parameter(t token) (reference, *Fault) {
	name, at, f := w.name(t, "a parameter", w.names.parameters.has, nil)
	if f != nil {
		return reference{}, f
	}
	typ, has := w.names.parameters.types[name]
	if !has {
		return reference{}, &Fault{at, unknown("there is no parameter "+quote(name), name, w.names.parameters.order, "; the pipeline declares none")}
	}
	return reference{subject: ofParameter, name: name, typ: typ, text: "parameters." + name}, nil
}

// run reads what follows the word run.
func (w *rewriter) run(t token) (reference, *Fault) {
	fields := newVariables(nil)
	for _, f := range runFields {
		fields.types[f] = String
	}
	name, at, f := w.name(t, "a field", fields.has, nil)
	if f != nil {
		return reference{}, f
	}
	if !fields.has(name) {
		return reference{}, &Fault{at, lacks("run", name, runFields)}
	}
	return reference{subject: ofRun, name: name, typ: String, text: "run." + name}, nil
}

// step reads what follows the word steps.
func (w *rewriter) step(t token) (reference, *Fault) {
	known := func(name string) bool { _, has := w.names.steps[name]; return has }
	step, at, f := w.name(t, "a step", known, stepFollows)
	if f != nil {
		return reference{}, f
	}
	results, has := w.names.steps[step]
	if !has {
		return reference{}, &Fault{at, unknown("there is no step "+quote(step), step, w.names.order, "")}
	}
	shown := "steps." + step
	which, at, f := w.name(token{start: t.start, end: w.lex.pos}, "results or phase", func(s string) bool { return slices.Contains(stepFields, s) }, nil)
	switch {
	case f != nil:
		return reference{}, f
	case which == "phase":
		return reference{subject: ofPhase, step: step, typ: String, text: shown + ".phase"}, nil
	case which != "results":
		return reference{}, &Fault{at, lacks("a step", which, stepFields)}
	}
	name, at, f := w.name(token{start: t.start, end: w.lex.pos}, "a result", results.has, nil)
	if f != nil {
		return reference{}, f
	}
	typ, has := results.types[name]
	if !has {
		return reference{}, &Fault{at, unknown("step "+step+" has no result "+quote(name), name, results.order, "; it declares none")}
	}
	return reference{subject: ofResult, step: step, name: name, typ: typ, text: shown + ".results." + name}, nil
}

// status reads the brackets of succeeded(), failed() and always().
func (w *rewriter) status(t token, name string) (reference, *Fault) {
	for _, want := range []string{"(", ")"} {
		if next := w.lex.next(); w.lex.src[next.start:next.end] != want {
			return reference{}, &Fault{t.start, fmt.Sprintf("%s is a function without arguments: write %s()", name, name)}
		}
	}
	return reference{subject: ofStatus, name: name, typ: Boolean, text: name + "()"}, nil
}

// unknown ends a sentence about a name that does not exist with what was probably meant.
func unknown(sentence, name string, known []string, none string) string {
	if len(known) == 0 {
		return sentence + none
	}
	return sentence + suggest.DidYouMean(name, known)
}

// lacks is the sentence on a field that something does not have.
func lacks(what, name string, fields []string) string {
	near := suggest.DidYouMean(name, fields)
	if near == "" {
		near = "; it has " + strings.Join(fields, ", ")
	}
	return what + " has no field " + quote(name) + near
}

func quote(name string) string { return fmt.Sprintf("%q", name) }

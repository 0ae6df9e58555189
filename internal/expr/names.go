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

// name reads `.NAME` or `['NAME']` behind a token. The longest name that is known is meant, if what must follow it does; otherwise
// as much as looks like a name. at is the offset of the name.
func (w *rewriter) name(behind token, what string, known func(string) bool, follows func(rest string) bool) (name string, at int, f *Fault) {
	src := w.lex.src
	missing := &Fault{behind.start, src[behind.start:behind.end] + " is no value: name " + what + " of it"}
	switch t := w.lex.next(); src[t.start:t.end] {
	case ".":
		w.lex.skip()
		at = w.lex.pos
		if at < len(src) && src[at] == '`' {
			t := w.lex.next()
			return strings.Trim(src[t.start:t.end], "`"), at, nil
		}
		name = longest(src[at:], known, follows)
		if name == "" {
			return "", at, missing
		}
		w.lex.pos = at + len(name)
		return name, at, nil
	case "[":
		t := w.lex.next()
		if t.kind != literal || !isPlain(src[t.start:t.end]) {
			return "", at, &Fault{t.start, "here must be a name in quotes; what the name is cannot depend on a value"}
		}
		if closed := w.lex.next(); src[closed.start:closed.end] != "]" {
			return "", at, &Fault{closed.start, "here must be a ] behind the name"}
		}
		return src[t.start+1 : t.end-1], t.start, nil
	}
	return "", at, missing
}

// isPlain reports whether a string is its characters between two quotes.
func isPlain(text string) bool {
	return len(text) >= 2 && isQuote(text[0]) && !strings.Contains(text, `\`) && !strings.HasPrefix(text, `"""`) && !strings.HasPrefix(text, `'''`)
}

// longest returns the longest known name at the beginning of a text that can go on behind it, or what looks like a name if there is
// none.
func longest(text string, known func(string) bool, follows func(rest string) bool) string {
	size := 0
	for size < len(text) && isName(text[size]) {
		size++
	}
	best := ""
	for n := min(size, maxName); n > 0; n-- {
		if n < len(text) && isWord(text[n]) || !known(text[:n]) {
			continue
		}
		if follows == nil || follows(text[n:]) {
			return text[:n]
		}
		if best == "" {
			best = text[:n]
		}
	}
	if meant := looksLike(text[:size], follows != nil); best == "" || len(meant) > len(best) {
		return meant
	}
	return best
}

// maxName is the longest name that is looked up: a step's name has at most 63 bytes, others are no longer in practice.
const maxName = 253

// looksLike returns the part of a text that was probably meant as a name: for a step all before .results or .phase, otherwise up
// to a dot.
func looksLike(text string, step bool) string {
	if step {
		for _, mark := range []string{".results", ".phase"} {
			if at := strings.Index(text, mark); at > 0 {
				return text[:at]
			}
		}
	}
	name, _, _ := strings.Cut(text, ".")
	return name
}

// stepFollows reports whether a text can go on behind the name of a step.
func stepFollows(rest string) bool {
	l := lexer{src: rest}
	switch t := l.next(); rest[t.start:t.end] {
	case ".":
		word := l.next()
		name := rest[word.start:word.end]
		return name == "results" || name == "phase"
	case "[":
		return true
	}
	return false
}

package expr

import (
	"strconv"
	"strings"
)

// root is the variable under which CEL finds the values of references. Pipelines cannot use it.
const root = "_stepherd"

// source is an expression as CEL reads it: every reference is a field of root, whose name is the type and the number of the
// reference. Two expressions that differ in names only are thus the same to CEL, and compiled once.
type source struct {
	cel        string
	references []reference
	moved      []move
}

// move is a place where the two texts begin to run side by side again, or where a reference begins.
type move struct{ cel, text int }

// rewriter reads the references of one expression.
type rewriter struct {
	names  *names
	lex    lexer
	out    strings.Builder
	done   int // how much of the expression is in out
	result source
	faults []Fault
}

// rewrite returns the expression for CEL, or what is wrong with its references.
func rewrite(text string, known *names) (source, []Fault) {
	w := &rewriter{names: known, lex: lexer{src: text}}
	depth, before := 0, token{}
	for {
		t := w.lex.next()
		word := text[t.start:t.end]
		switch {
		case t.kind == end:
			w.copy(len(text))
			w.result.cel = w.out.String()
			return w.result, w.faults
		case t.kind == unfinished:
			return source{}, append(w.faults, *unfinishedFault(text, t))
		case t.kind == ident && !isDot(text, before):
			w.word(t)
		case t.kind == punct && (word == "(" || word == "[" || word == "{"):
			if depth++; depth > maxNesting {
				return source{}, append(w.faults, Fault{t.start, "more than " + strconv.Itoa(maxNesting) + " brackets are open here"})
			}
		case t.kind == punct && (word == ")" || word == "]" || word == "}"):
			depth--
		}
		before = t
	}
}

func isDot(text string, t token) bool { return t.kind == punct && text[t.start] == '.' }

// word reads the reference that a name begins, if it does.
func (w *rewriter) word(t token) {
	var r reference
	var f *Fault
	switch name := w.lex.src[t.start:t.end]; name {
	case "parameters":
		r, f = w.parameter(t)
	case "run":
		r, f = w.run(t)
	case "steps":
		r, f = w.step(t)
	case "succeeded", "failed", "always":
		r, f = w.status(t, name)
	case root:
		f = &Fault{t.start, "there is no " + root}
	default:
		return
	}
	if f != nil {
		w.faults = append(w.faults, *f)
		return
	}
	r.start = t.start
	w.copy(t.start)
	w.mark(t.start)
	w.out.WriteString(root + ".`" + string(r.typ) + "/" + strconv.Itoa(len(w.result.references)) + "`")
	w.result.references = append(w.result.references, r)
	w.done = w.lex.pos
	w.mark(w.done)
}

// copy moves the expression up to an offset to what CEL reads.
func (w *rewriter) copy(to int) {
	w.out.WriteString(w.lex.src[w.done:to])
	w.done = to
}

func (w *rewriter) mark(text int) {
	w.result.moved = append(w.result.moved, move{w.out.Len(), text})
}

// offset returns the byte offset in the expression for one in what CEL reads. Inside a reference it is the reference's beginning.
func (s source) offset(cel int) int {
	at, inside := move{}, false
	for i, m := range s.moved {
		if m.cel > cel {
			break
		}
		at, inside = m, i%2 == 0
	}
	if inside {
		return at.text
	}
	return at.text + cel - at.cel
}

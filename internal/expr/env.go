package expr

import (
	"sync"

	"cel.dev/cel-go/cel"
)

// Env compiles the expressions of one pipeline. Several goroutines may use it.
type Env struct {
	names    *names
	mutex    sync.Mutex
	programs map[string]*program
}

// NewEnv returns the environment for a scope. It is cheap.
func NewEnv(s Scope) (*Env, error) {
	return &Env{names: newNames(s), programs: map[string]*program{}}, nil
}

// program is what CEL made of an expression, whatever its names.
type program struct {
	language *language
	eval     cel.Program
	typ      *cel.Type
	faults   []Fault // with offsets in what CEL reads
}

// expression is an expression at its place.
type expression struct {
	program *program
	text    string
	source  source
	start   int // its offset in the text around it
}

// begin is the offset of the first word of the expression in the text around it.
func (x *expression) begin() int {
	l := lexer{src: x.text}
	return x.start + l.next().start
}

// compile reads an expression, checks its types, and checks that the place allows what it refers to.
func (e *Env) compile(text string, start int, p Place) (*expression, []Fault) {
	if len(text) > maxExpression {
		return nil, []Fault{{start, "this expression is longer than 16 KiB"}}
	}
	src, faults := rewrite(text, e.names)
	for _, r := range src.references {
		if problem := r.problem(p); problem != "" {
			faults = append(faults, Fault{r.start, problem})
		}
	}
	x := &expression{text: text, source: src, start: start}
	if len(faults) == 0 {
		x.program = e.program(src.cel)
		for _, f := range x.program.faults {
			faults = append(faults, Fault{src.offset(f.Offset), f.Message})
		}
	}
	for i := range faults {
		faults[i].Offset += start
	}
	return x, faults
}

// program compiles an expression, or returns the one compiled before.
func (e *Env) program(text string) *program {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	if known := e.programs[text]; known != nil {
		return known
	}
	made := e.read(text)
	e.programs[text] = made
	return made
}

// read has CEL read an expression.
func (e *Env) read(text string) *program {
	l, err := celLanguage()
	if err != nil {
		return &program{faults: []Fault{{0, "expressions cannot be read: " + err.Error()}}}
	}
	checked, issues := l.env.Compile(text)
	if issues != nil && issues.Err() != nil {
		return &program{faults: e.faultsOf(text, issues.Errors())}
	}
	eval, err := l.plan(checked)
	if err != nil {
		return &program{faults: []Fault{{0, err.Error()}}}
	}
	return &program{language: l, eval: eval, typ: checked.OutputType()}
}

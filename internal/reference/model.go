package reference

import (
	_ "embed"
	"encoding/json"
	"strings"
)

// Reference has the types of the pipeline file. The first is that of the file itself.
type Reference struct {
	Types []Type `json:"types"`
}

// Type is a type of values in the file: an object if it has fields, a set of words if it has some, an object without further rules if
// it is Open, else a scalar that Pattern describes. What Kubernetes explains has Kubectl.
type Type struct {
	Name    string  `json:"name"`
	Doc     string  `json:"doc,omitempty"`
	Fields  []Field `json:"fields,omitempty"`
	Words   []Word  `json:"words,omitempty"`
	Kubectl string  `json:"kubectl,omitempty"` // the argument of kubectl explain
	Open    bool    `json:"open,omitempty"`    // an object whose keys are explained elsewhere
	Ours    bool    `json:"ours,omitempty"`    // not a type of Kubernetes
	Facts
}

// Word is a value of a type that has few.
type Word struct {
	Word string `json:"word"`
	Doc  string `json:"doc,omitempty"`
}

// Field is a key of an object.
type Field struct {
	Name string `json:"name"`
	// Type is string, integer, number, boolean, any, or the name of a Type, behind any number of [] and map[string].
	Type     string `json:"type"`
	Doc      string `json:"doc,omitempty"`
	Required bool   `json:"required,omitempty"`
	// KeyPattern matches other keys that mean the same.
	KeyPattern string `json:"keyPattern,omitempty"`
	Facts
}

// Facts are what comments state for machines, in lines that begin with +.
type Facts struct {
	Default          string   `json:"default,omitempty"` // as YAML
	Example          string   `json:"example,omitempty"` // as YAML
	Enum             []string `json:"enum,omitempty"`
	Minimum          *float64 `json:"minimum,omitempty"`
	ExclusiveMinimum *float64 `json:"exclusiveMinimum,omitempty"`
	Maximum          *float64 `json:"maximum,omitempty"`
	Pattern          string   `json:"pattern,omitempty"`
	MinLength        int      `json:"minLength,omitempty"`
	MaxLength        int      `json:"maxLength,omitempty"`
	MinItems         int      `json:"minItems,omitempty"`
	MaxItems         int      `json:"maxItems,omitempty"`
	UniqueItems      bool     `json:"uniqueItems,omitempty"`
	// Scalars reports whether numbers and booleans are taken as the text that they are written as.
	Scalars bool `json:"scalars,omitempty"`
	// Alternative is another type that the file may have here.
	Alternative string `json:"alternative,omitempty"`
	// Expressions is where they are evaluated, if they are allowed.
	Expressions Expressions `json:"expressions,omitempty"`
	// Excludes are keys that cannot stand beside this one, Requires those without which it cannot stand.
	Excludes []string `json:"excludes,omitempty"`
	Requires []string `json:"requires,omitempty"`
}

// Expressions is when the expressions of a value are evaluated, which decides what they may use.
type Expressions string

// When expressions are evaluated.
const (
	AtSubmit    Expressions = "submit"    // before the run exists: parameters and run.pipeline alone
	InRun       Expressions = "run"       // when the step's Pod is made: parameters, run and the results of needed steps
	Never       Expressions = "never"     // they are refused, where one might expect them
	AsCondition Expressions = "condition" // the whole value is an expression, evaluated when all needed steps have ended
)

// Sentence tells readers what the expressions of such a value may use.
func (e Expressions) Sentence() string {
	switch e {
	case AtSubmit:
		return "Expressions are evaluated at submit: they may use parameters and run.pipeline."
	case Never:
		return "Expressions are refused."
	case InRun:
		return "Expressions are evaluated when the step's Pod is made: they may use parameters, run, and results and phases of the steps that it needs."
	case AsCondition:
		return "The value is an expression, with or without ${{ }}: it may use parameters, run, results and phases of the steps that it needs, succeeded(), failed() and always()."
	}
	return ""
}

//go:embed reference.json
var embedded []byte

// Load returns the reference that this program was built with.
func Load() (*Reference, error) {
	r := &Reference{}
	return r, json.Unmarshal(embedded, r)
}

// Root is the type of the file.
func (r *Reference) Root() *Type { return &r.Types[0] }

// Type returns the type of a name; nil for the builtin ones.
func (r *Reference) Type(name string) *Type {
	for i := range r.Types {
		if r.Types[i].Name == name {
			return &r.Types[i]
		}
	}
	return nil
}

// field returns a key of an object; nil if it has none of that name.
func (t *Type) field(name string) *Field {
	for i := range t.Fields {
		if t.Fields[i].Name == name {
			return &t.Fields[i]
		}
	}
	return nil
}

// Alternative returns the other type that a field may be written in, which is its own or that of its type; empty if there is none.
func (r *Reference) Alternative(f *Field) string {
	if t := r.Type(f.Type); f.Alternative == "" && t != nil {
		return t.Alternative
	}
	return f.Alternative
}

const (
	listOf = "[]"
	mapOf  = "map[string]"
)

// Element returns what a type's name has behind all [] and map[string], and whether there was a map: then keys are the user's.
func Element(name string) (element string, ownKeys bool) {
	for {
		switch {
		case strings.HasPrefix(name, listOf):
			name = strings.TrimPrefix(name, listOf)
		case strings.HasPrefix(name, mapOf):
			name, ownKeys = strings.TrimPrefix(name, mapOf), true
		default:
			return name, ownKeys
		}
	}
}

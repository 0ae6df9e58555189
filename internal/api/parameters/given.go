package parameters

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/wording"
	"github.com/stepherd/stepherd/internal/api/yamltree"
	"github.com/stepherd/stepherd/internal/suggest"
)

// Given is a value for a parameter that does not stand in the pipeline file.
type Given struct {
	Name string
	// Text is the value as it was written on the command line: that of a string parameter as it is, that of any other as JSON.
	// It counts where Value is nil.
	Text  string
	Value v1alpha1.Value
	// Source is where the value is from: `--param epochs`, or the name of a file with its Line and Column.
	Source       string
	Line, Column int
	// Wrong: the value could not be read, which is reported.
	Wrong bool
}

// problem is a problem with a given value, at its own place.
func (g *Given) problem(format string, args ...any) yamltree.Problem {
	path := ""
	if g.Line > 0 {
		path = g.Name
	}
	return yamltree.Problem{Source: g.Source, Line: g.Line, Column: g.Column, Path: path, Message: fmt.Sprintf(format, args...)}
}

// Find returns the declaration of a name; nil if there is none.
func Find(declared []v1alpha1.Parameter, name string) *v1alpha1.Parameter {
	for i := range declared {
		if declared[i].Name == name {
			return &declared[i]
		}
	}
	return nil
}

// Unknown is the sentence on a value for a parameter that the pipeline does not declare.
func Unknown(declared []v1alpha1.Parameter, name string) string {
	names := make([]string, len(declared))
	for i := range declared {
		names[i] = declared[i].Name
	}
	if name == "parameters" {
		return "the pipeline has no parameter \"parameters\": write the values themselves, as arguments: {NAME: value}"
	}
	if len(names) == 0 {
		return fmt.Sprintf("the pipeline has no parameters: declare it, as parameters: [{name: %s, type: string}]", wording.FlowText(wording.Cut(name, wording.MaxShown)))
	}
	if near := suggest.DidYouMean(name, names); near != "" {
		return fmt.Sprintf("the pipeline has no parameter %s%s", wording.Quote(name), near)
	}
	return fmt.Sprintf("the pipeline has no parameter %s; there are %s", wording.Quote(name), someOf(names))
}

// Resolve holds values that were given from outside to the declarations, and adds what is wrong to c. A later value wins over an
// earlier one of the same name. Names whose value is wrong are in the result with a nil value.
func Resolve(declared []v1alpha1.Parameter, given []Given, c *yamltree.Collector) map[string]v1alpha1.Value {
	out := map[string]v1alpha1.Value{}
	for i := range given {
		g := &given[i]
		p := Find(declared, g.Name)
		if p == nil {
			c.Add(g.problem("%s", Unknown(declared, g.Name)))
			continue
		}
		out[g.Name] = nil
		if g.Wrong || len(Declaration(p)) > 0 {
			continue // reported already
		}
		value, wrong := g.resolve(p)
		if wrong != "" {
			c.Add(g.problem("%s", wrong))
			continue
		}
		out[g.Name] = value
	}
	return out
}

// resolve turns a text into a value of the parameter's type.
func (g *Given) resolve(p *v1alpha1.Parameter) (v1alpha1.Value, string) {
	t := p.Type.OrString()
	switch {
	case g.Value != nil:
		return Check(p, g.Value)
	case !utf8.ValidString(g.Text):
		return nil, "the value is not valid UTF-8"
	case t == v1alpha1.TypeString:
		return Check(p, text(g.Text))
	}
	raw := v1alpha1.Value(strings.TrimSpace(g.Text))
	_, err := decode(raw)
	switch {
	case errors.As(err, new(notJSON)):
		return nil, notOfType(g.Text, t)
	case err != nil:
		return nil, err.Error()
	}
	return Check(p, raw)
}

// notOfType is the sentence on a text that is no JSON.
func notOfType(text string, t v1alpha1.ValueType) string {
	form := map[v1alpha1.ValueType]string{
		v1alpha1.TypeInteger: "write it as 3", v1alpha1.TypeNumber: "write it as 3 or 0.5", v1alpha1.TypeBoolean: "write true or false",
		v1alpha1.TypeArray: `write it as JSON, as '["a", "b"]'`, v1alpha1.TypeObject: `write it as JSON, as '{"key": "value"}'`,
	}[t]
	if t == v1alpha1.TypeArray && !strings.ContainsAny(text, `[]{}"'\`) && text != "" && len(text) <= wording.MaxShown {
		var words []string
		for _, word := range strings.Split(text, ",") {
			word = strings.TrimSpace(word)
			if raw := v1alpha1.Value(word); raw.Type() != v1alpha1.TypeNumber && raw.Type() != v1alpha1.TypeBoolean || !json.Valid(raw) {
				word = fmt.Sprintf("%q", word)
			}
			words = append(words, word)
		}
		form = "write it as JSON, as '[" + strings.Join(words, ", ") + "]'"
	}
	return fmt.Sprintf("%s is not %s: %s", wording.Quote(text), t.Article(), form)
}

// Complete returns the values of all parameters: those that are given, and the defaults of the others. missing are the names of
// those without any. Values of undeclared parameters are left out.
func Complete(declared []v1alpha1.Parameter, values map[string]v1alpha1.Value) (all map[string]v1alpha1.Value, missing []string) {
	for i := range declared {
		p := &declared[i]
		value := values[p.Name]
		if value == nil {
			value = p.Default
		}
		if value == nil {
			missing = append(missing, p.Name)
			continue
		}
		if checked, wrong := Check(p, value); wrong == "" {
			value = checked
		}
		if all == nil {
			all = make(map[string]v1alpha1.Value, len(declared))
		}
		all[p.Name] = value
	}
	return all, missing
}

// Names returns the names of values in order.
func Names(values map[string]v1alpha1.Value) []string { return slices.Sorted(maps.Keys(values)) }

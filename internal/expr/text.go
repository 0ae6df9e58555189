package expr

import (
	"fmt"
	"strings"

	"cel.dev/cel-go/common/types"
)

// maxArgument is the longest argument that Linux takes, with the zero at its end (MAX_ARG_STRLEN).
const maxArgument = 128 << 10

// Text is a text with expressions in it, compiled.
type Text struct {
	parts []part
	uses  Uses
}

// part is constant text, or an expression.
type part struct {
	text       string
	expression *expression
}

// Text compiles a text. It is constant if there is no expression in it.
func (e *Env) Text(text string, p Place) (*Text, []Fault) {
	if !HasExpression(text) {
		return &Text{parts: []part{{text: text}}}, nil
	}
	pieces, faults := split(text)
	t := &Text{}
	var all []reference
	for _, one := range pieces {
		if !one.expression {
			t.parts = append(t.parts, part{text: one.text})
			continue
		}
		x, wrong := e.compile(one.text, one.start, p)
		faults = append(faults, wrong...)
		if len(wrong) == 0 {
			faults = append(faults, x.noText()...)
			all = append(all, x.source.references...)
			t.parts = append(t.parts, part{expression: x})
		}
	}
	if len(faults) > 0 {
		return nil, faults
	}
	t.uses = uses(all)
	return t, nil
}

// noText returns a fault if the expression never has a value that can be written as text.
func (x *expression) noText() []Fault {
	k := x.program.typ.Kind()
	if k == types.NullTypeKind {
		return []Fault{{x.begin(), "this is always null"}}
	}
	if k == types.BytesKind || k == types.TypeKind {
		return []Fault{{x.begin(), "this is a value of type " + typeName(x.program.typ) + ", which JSON does not have; write string(...) around it"}}
	}
	return nil
}

// Uses returns what the text refers to.
func (t *Text) Uses() Uses { return t.uses }

// Constant reports whether there is no expression in the text.
func (t *Text) Constant() bool {
	return len(t.parts) == 1 && t.parts[0].expression == nil || len(t.parts) == 0
}

// Value evaluates the text. One expression alone keeps its type: string, bool, int64, float64, []any or map[string]any. Within text
// a string is written as it is and any other value as JSON.
func (t *Text) Value(v *Values) (any, error) {
	if len(t.parts) == 1 && t.parts[0].expression != nil {
		return t.parts[0].expression.value(v)
	}
	return t.format(v, func(s string) string { return s })
}

// Argument evaluates the text for command, args or env: formatted, with every $ of an expression's value doubled.
func (t *Text) Argument(v *Values) (string, error) {
	if t.Constant() {
		return t.format(v, nil)
	}
	size := 0
	text, err := t.format(v, func(s string) string {
		size += len(s)
		return double(s)
	})
	if err != nil {
		return "", err
	}
	for _, one := range t.parts {
		size += len(one.text)
	}
	switch {
	case size >= maxArgument:
		return "", fmt.Errorf("the value has %d bytes, and Linux passes fewer than %d in one argument or variable; pass it in a file", size, maxArgument)
	case strings.Contains(text, "\x00"):
		return "", fmt.Errorf("the value has a zero byte, which no argument and no variable can have")
	}
	return text, nil
}

// format joins the parts; insert is applied to the values of expressions.
func (t *Text) format(v *Values, insert func(string) string) (string, error) {
	var b strings.Builder
	for _, one := range t.parts {
		if one.expression == nil {
			b.WriteString(one.text)
			continue
		}
		value, err := one.expression.value(v)
		if err != nil {
			return "", err
		}
		text, is := value.(string)
		if !is {
			if text, err = encodeJSON(value); err != nil {
				return "", err
			}
		}
		b.WriteString(insert(text))
	}
	return b.String(), nil
}

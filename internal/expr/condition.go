package expr

import (
	"fmt"
	"strings"

	"cel.dev/cel-go/common/types"
)

// Condition is an expression that is true or false.
type Condition struct {
	expression *expression
	uses       Uses
}

// Condition compiles a condition: one expression, with its braces or without.
func (e *Env) Condition(text string, p Place) (*Condition, []Fault) {
	inside, start := text, 0
	if space := len(text) - len(strings.TrimLeft(text, " \t\r\n")); strings.HasPrefix(text[space:], opening) {
		start = space + len(opening)
		length, fault := expressionLength(text[start:])
		if fault != nil {
			fault.Offset += start
			return nil, []Fault{*fault}
		}
		if behind := start + length + len(closing); strings.TrimSpace(text[behind:]) != "" {
			return nil, []Fault{{behind, "a condition is one expression; nothing can follow its }}"}}
		}
		inside = text[start : start+length]
	}
	x, faults := e.compile(inside, start, p)
	if len(faults) > 0 {
		return nil, faults
	}
	if k := x.program.typ.Kind(); k != types.BoolKind && k != types.DynKind {
		return nil, []Fault{{x.begin(), "a condition must be true or false, and this is " + article(typeName(x.program.typ))}}
	}
	return &Condition{expression: x, uses: uses(x.source.references)}, nil
}

// Eval returns whether the condition holds.
func (c *Condition) Eval(v *Values) (bool, error) {
	value, err := c.expression.value(v)
	if err != nil {
		return false, err
	}
	holds, is := value.(bool)
	if !is {
		text, _ := encodeJSON(value)
		return false, fmt.Errorf("a condition must be true or false, and ${{%s}} is %s", c.expression.text, shorten(text))
	}
	return holds, nil
}

// CallsStatus reports whether the condition calls succeeded(), failed() or always().
func (c *Condition) CallsStatus() bool { return c.calls("succeeded", "failed", "always") }

// Exempt reports whether the condition calls failed() or always().
func (c *Condition) Exempt() bool { return c.calls("failed", "always") }

func (c *Condition) calls(functions ...string) bool {
	for _, r := range c.expression.source.references {
		for _, f := range functions {
			if r.subject == ofStatus && r.name == f {
				return true
			}
		}
	}
	return false
}

// Uses returns what the condition refers to.
func (c *Condition) Uses() Uses { return c.uses }

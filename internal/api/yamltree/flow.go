package yamltree

import (
	"strings"

	"github.com/stepherd/stepherd/internal/api/wording"
)

// Flow is a value as YAML that can stand in a sentence; `...` for one that is too long for it.
func Flow(v *Value) string {
	var out strings.Builder
	if !v.appendFlow(&out) {
		return "..."
	}
	return out.String()
}

// appendFlow writes a value, and reports whether it is short enough.
func (v *Value) appendFlow(out *strings.Builder) bool {
	switch v.Kind {
	case Null:
		out.WriteString("null")
	case Bool, Number:
		out.WriteString(wording.Cut(v.Text, wording.MaxAdvice))
	case String:
		out.WriteString(wording.FlowText(wording.Cut(v.Text, wording.MaxAdvice)))
	case List:
		out.WriteByte('[')
		for i, item := range v.Items {
			if separate(out, i); !item.appendFlow(out) {
				return false
			}
		}
		out.WriteByte(']')
	case Object:
		out.WriteByte('{')
		for i, f := range v.Fields {
			separate(out, i)
			out.WriteString(wording.FlowText(wording.Cut(f.Key, wording.MaxShown)) + ": ")
			if !f.Value.appendFlow(out) {
				return false
			}
		}
		out.WriteByte('}')
	}
	return out.Len() <= wording.MaxAdvice
}

func separate(out *strings.Builder, i int) {
	if i > 0 {
		out.WriteString(", ")
	}
}

// OrForm returns a text, or the form in its place where the text was left out as "...".
func OrForm(text, form string) string {
	if text == "..." {
		return form
	}
	return text
}

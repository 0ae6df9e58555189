package v1alpha1

import (
	"regexp"
	"strconv"
	"strings"
)

// maxAdvice is how long a value may be that an advice repeats, in bytes; of a longer one the advice shows the form only.
const maxAdvice = 160

// plainFlow is text that YAML reads as this very string inside [] and {}.
var plainFlow = regexp.MustCompile(`^[A-Za-z_./][A-Za-z0-9_./+=@%-]*$|^--?[A-Za-z][A-Za-z0-9_./+=@%-]*$|^[0-9]+([KMGT]i|[mkMGTsh])$`)

// yamlWords are words that YAML does not read as strings.
var yamlWords = regexp.MustCompile(`(?i)^(y|n|yes|no|on|off|true|false|null|~|\.nan|[-+]?\.inf)$`)

// flowText is a string as YAML that can stand inside brackets.
func flowText(s string) string {
	if plainFlow.MatchString(s) && !yamlWords.MatchString(s) {
		return s
	}
	return strconv.Quote(s)
}

// flowList is a list of strings as YAML.
func flowList(words []string) string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = flowText(w)
	}
	return "[" + strings.Join(out, ", ") + "]"
}

// flow is a value as YAML that can stand in a sentence; `...` for one that is too long for it.
func flow(v *value) string {
	var out strings.Builder
	if !v.appendFlow(&out) {
		return "..."
	}
	return out.String()
}

// appendFlow writes a value, and reports whether it is short enough.
func (v *value) appendFlow(out *strings.Builder) bool {
	switch v.kind {
	case isNull:
		out.WriteString("null")
	case isBool, isNumber:
		out.WriteString(cut(v.text, maxAdvice))
	case isString:
		out.WriteString(flowText(cut(v.text, maxAdvice)))
	case isList:
		out.WriteByte('[')
		for i, item := range v.items {
			if separate(out, i); !item.appendFlow(out) {
				return false
			}
		}
		out.WriteByte(']')
	case isObject:
		out.WriteByte('{')
		for i, f := range v.fields {
			separate(out, i)
			out.WriteString(flowText(cut(f.key, maxShown)) + ": ")
			if !f.value.appendFlow(out) {
				return false
			}
		}
		out.WriteByte('}')
	}
	return out.Len() <= maxAdvice
}

func separate(out *strings.Builder, i int) {
	if i > 0 {
		out.WriteString(", ")
	}
}

// asFlow is written around a text, as `command: [sh]`, or the form of it where the text is too long.
func asFlow(text, form string) string {
	if len(text) > maxAdvice {
		return form
	}
	return text
}

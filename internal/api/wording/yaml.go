package wording

import (
	"regexp"
	"strconv"
	"strings"
)

// MaxAdvice is how long a value may be that an advice repeats, in bytes; of a longer one the advice shows the form only.
const MaxAdvice = 160

// plainFlow is text that YAML reads as this very string inside [] and {}.
var plainFlow = regexp.MustCompile(`^[A-Za-z_./][A-Za-z0-9_./+=@%-]*$|^--?[A-Za-z][A-Za-z0-9_./+=@%-]*$|^[0-9]+([KMGT]i|[mkMGTsh])$`)

// yamlWords are words that YAML does not read as strings.
var yamlWords = regexp.MustCompile(`(?i)^(y|n|yes|no|on|off|true|false|null|~|\.nan|[-+]?\.inf)$`)

// FlowText is a string as YAML that can stand inside brackets.
func FlowText(s string) string {
	if plainFlow.MatchString(s) && !yamlWords.MatchString(s) {
		return s
	}
	return strconv.Quote(s)
}

// FlowList is a list of strings as YAML.
func FlowList(words []string) string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = FlowText(w)
	}
	return "[" + strings.Join(out, ", ") + "]"
}

// OrForm is written around a text, as `command: [sh]`, or the form of it where the text is too long.
func OrForm(text, form string) string {
	if len(text) > MaxAdvice {
		return form
	}
	return text
}

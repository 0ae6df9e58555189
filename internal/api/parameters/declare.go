package parameters

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/wording"
	"github.com/stepherd/stepherd/internal/suggest"
)

// Fault is one thing wrong with a declaration.
type Fault struct {
	// Key is the key of the declaration, and Index the place in its list; -1 where it is no list.
	Key     string
	Index   int
	Message string
}

// maxName is the longest name of a parameter or a result, as that of a label's value.
const maxName = 63

// maxPattern is the longest pattern. The time of a match grows with the length of the pattern, and with that of the text.
const maxPattern = 1024

// name is the syntax of a name that an expression can use.
var name = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)

// NameProblem is a sentence on what is wrong with the name of a parameter or a result; empty if nothing is. what is one of the
// two words.
func NameProblem(what, text string) string {
	switch {
	case text == "":
		return fmt.Sprintf("the %s has no name: write name: my_%s", what, what)
	case len(text) > maxName:
		return fmt.Sprintf("%s has %d characters, and the name of a %s may have %d", wording.Quote(text), len(text), what, maxName)
	case !name.MatchString(text):
		return fmt.Sprintf("%s is not a name that an expression can use: use A-Z, a-z, 0-9, _ and -, beginning with a letter or _%s", wording.Quote(text), nameHint(text))
	}
	return ""
}

// nameHint is the valid name that is nearest to one that is none.
func nameHint(text string) string {
	clean := strings.Trim(regexp.MustCompile(`[^A-Za-z0-9_-]+`).ReplaceAllString(text, "_"), "_-")
	if !name.MatchString(clean) {
		return ""
	}
	return ", as " + clean
}

// types are the words of JSON Schema.
var types = []string{
	string(v1alpha1.TypeString), string(v1alpha1.TypeInteger), string(v1alpha1.TypeNumber),
	string(v1alpha1.TypeBoolean), string(v1alpha1.TypeArray), string(v1alpha1.TypeObject),
}

// otherTypes are the words of other languages.
var otherTypes = map[string]string{
	"str": "string", "text": "string", "choice": "string", "date": "string", "path": "string", "file": "string", "secret": "string",
	"int": "integer", "int32": "integer", "int64": "integer", "long": "integer",
	"float": "number", "float64": "number", "double": "number", "decimal": "number", "numeric": "number",
	"bool": "boolean", "list": "array", "tuple": "array", "dict": "object", "map": "object", "mapping": "object", "struct": "object", "json": "object",
}

// TypeProblem is a sentence on what is wrong with a type; empty if nothing is.
func TypeProblem(t v1alpha1.ValueType) string {
	if t == "" || slices.Contains(types, string(t)) {
		return ""
	}
	hint := suggest.DidYouMean(string(t), types)
	if meant := otherTypes[strings.ToLower(string(t))]; meant != "" {
		hint = fmt.Sprintf("; did you mean %q?", meant)
	}
	return fmt.Sprintf("%s is none of %s%s", wording.Quote(string(t)), strings.Join(types, ", "), hint)
}

// Declaration returns all that is wrong with a declaration.
func Declaration(p *v1alpha1.Parameter) []Fault {
	var faults []Fault
	fault := func(key string, index int, message string) {
		if message != "" {
			faults = append(faults, Fault{key, index, message})
		}
	}
	fault("name", -1, NameProblem("parameter", p.Name))
	if wrong := TypeProblem(p.Type); wrong != "" {
		fault("type", -1, wrong)
		return faults
	}
	for _, f := range keywords(p) {
		fault(f.Key, f.Index, f.Message)
	}
	if len(faults) > 0 && faults[len(faults)-1].Key != "name" {
		return faults // what a value must be is not known
	}
	for i, wrong := range enum(p) {
		fault("enum", i, wrong)
	}
	if p.Enum != nil && len(p.Enum) == 0 {
		fault("enum", -1, "the enum is empty, so that no value would do: list the values, or remove it")
	}
	if p.Default != nil && len(faults) == 0 {
		_, wrong := Check(p, p.Default)
		fault("default", -1, wrong)
	}
	return faults
}

// keywords holds each keyword to the type that it is for, and to sense.
func keywords(p *v1alpha1.Parameter) []Fault {
	t := p.Type.OrString()
	numeric := t == v1alpha1.TypeInteger || t == v1alpha1.TypeNumber
	var faults []Fault
	for _, k := range []struct {
		key      string
		set, fit bool
		what     string
	}{
		{"minimum", p.Minimum != nil, numeric, "numbers"}, {"maximum", p.Maximum != nil, numeric, "numbers"},
		{"pattern", p.Pattern != "", t == v1alpha1.TypeString, "strings"},
		{"minItems", p.MinItems != nil, t == v1alpha1.TypeArray, "arrays"}, {"maxItems", p.MaxItems != nil, t == v1alpha1.TypeArray, "arrays"},
	} {
		if k.set && !k.fit {
			faults = append(faults, Fault{k.key, -1, fmt.Sprintf("%s is for %s, and the type of this parameter is %s: remove it, or change the type", k.key, k.what, t)})
		}
	}
	switch {
	case len(faults) > 0:
	case p.Minimum != nil && p.Maximum != nil && *p.Minimum > *p.Maximum:
		faults = append(faults, Fault{"minimum", -1, fmt.Sprintf("the minimum of %s is above the maximum of %s", number(*p.Minimum), number(*p.Maximum))})
	case p.MinItems != nil && *p.MinItems < 0:
		faults = append(faults, Fault{"minItems", -1, fmt.Sprintf("%d is not a number of elements", *p.MinItems)})
	case p.MaxItems != nil && *p.MaxItems < 0:
		faults = append(faults, Fault{"maxItems", -1, fmt.Sprintf("%d is not a number of elements", *p.MaxItems)})
	case p.MinItems != nil && p.MaxItems != nil && *p.MinItems > *p.MaxItems:
		faults = append(faults, Fault{"minItems", -1, fmt.Sprintf("minItems of %d is above maxItems of %d", *p.MinItems, *p.MaxItems)})
	default:
		if wrong := patternProblem(p.Pattern); wrong != "" {
			faults = append(faults, Fault{"pattern", -1, wrong})
		}
	}
	return faults
}

func patternProblem(pattern string) string {
	if len(pattern) > maxPattern {
		return fmt.Sprintf("the pattern has %d bytes, and one may have %d", len(pattern), maxPattern)
	}
	_, err := regexp.Compile(pattern)
	if err == nil {
		return ""
	}
	hint := ""
	for _, perl := range []string{"(?=", "(?!", "(?<=", "(?<!"} {
		if strings.Contains(pattern, perl) {
			hint = "; Go's regular expressions have no look-around"
		}
	}
	why := err.Error()
	var detail *syntax.Error
	if errors.As(err, &detail) {
		why = string(detail.Code)
	}
	return fmt.Sprintf("%s is not a regular expression: %s%s", wording.Quote(pattern), why, hint)
}

// enum has, for each value of the enum, what is wrong with it.
func enum(p *v1alpha1.Parameter) []string {
	out := make([]string, len(p.Enum))
	first := map[string]int{}
	for i, raw := range p.Enum {
		value, decoded, wrong := typed(p.Type.OrString(), raw)
		if wrong == "" {
			wrong = bounds(p, decoded)
		}
		if wrong == "" {
			key := string(value)
			if before, twice := first[key]; twice {
				wrong = fmt.Sprintf("%s is listed twice; the first is enum[%d]: remove one", wording.Cut(key, wording.MaxShown), before)
			} else {
				first[key] = i
			}
		}
		out[i] = wrong
	}
	return out
}

package parameters

import (
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/wording"
	"github.com/stepherd/stepherd/internal/suggest"
)

// Check holds a value to a parameter whose declaration has no fault. It returns the value in the form that it has in a plan, or a
// sentence on what is wrong with it.
func Check(p *v1alpha1.Parameter, raw v1alpha1.Value) (v1alpha1.Value, string) {
	value, decoded, wrong := typed(p.Type.OrString(), raw)
	if wrong == "" {
		wrong = bounds(p, decoded)
	}
	if wrong == "" {
		wrong = listed(p, decoded, value)
	}
	if wrong != "" {
		return nil, wrong
	}
	return value, ""
}

// bounds holds a value of the right type to all but the enum.
func bounds(p *v1alpha1.Parameter, value any) string {
	switch v := value.(type) {
	case int64:
		return numberBounds(p, float64(v), strconv.FormatInt(v, 10))
	case float64:
		return numberBounds(p, v, number(v))
	case string:
		if matcher, err := regexp.Compile(p.Pattern); err == nil && !matcher.MatchString(v) {
			return fmt.Sprintf("%s does not match the pattern %s", wording.Quote(v), wording.Bare(p.Pattern))
		}
	case []any:
		switch n := int64(len(v)); {
		case p.MinItems != nil && n < *p.MinItems:
			return fmt.Sprintf("the list has %d elements, and at least %d are wanted (minItems)", n, *p.MinItems)
		case p.MaxItems != nil && n > *p.MaxItems:
			return fmt.Sprintf("the list has %d elements, and at most %d are wanted (maxItems)", n, *p.MaxItems)
		}
	}
	return ""
}

func numberBounds(p *v1alpha1.Parameter, v float64, text string) string {
	switch {
	case p.Minimum != nil && v < *p.Minimum:
		return fmt.Sprintf("%s is below the minimum of %s", text, number(*p.Minimum))
	case p.Maximum != nil && v > *p.Maximum:
		return fmt.Sprintf("%s is above the maximum of %s", text, number(*p.Maximum))
	}
	return ""
}

// number is a number as people write it.
func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// listed holds a value to the enum.
func listed(p *v1alpha1.Parameter, value any, raw v1alpha1.Value) string {
	if len(p.Enum) == 0 {
		return ""
	}
	known := make([]string, 0, len(p.Enum))
	for _, e := range p.Enum {
		other, err := decode(e)
		if err == nil && same(value, other) {
			return ""
		}
		if text, is := other.(string); is {
			known = append(known, text)
			continue
		}
		known = append(known, string(e))
	}
	text, isText := value.(string)
	if !isText {
		return fmt.Sprintf("%s is none of %s", wording.Bare(string(raw)), someOf(known))
	}
	return fmt.Sprintf("%s is none of %s%s", wording.Quote(text), someOf(known), suggest.DidYouMean(text, known))
}

// someOf lists words, of many the first ones.
func someOf(words []string) string {
	const most = 20
	shown := make([]string, 0, most)
	for _, w := range words[:min(len(words), most)] {
		shown = append(shown, wording.Bare(w))
	}
	text := strings.Join(shown, ", ")
	if more := len(words) - len(shown); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// same reports whether two decoded values are equal, as JSON Schema means it: 1 and 1.0 are.
func same(a, b any) bool {
	if x, is := asFloat(a); is {
		y, also := asFloat(b)
		return also && x == y
	}
	return reflect.DeepEqual(a, b)
}

func asFloat(v any) (float64, bool) {
	switch n := v.(type) {
	case int64:
		return float64(n), true
	case float64:
		return n, true
	}
	return 0, false
}

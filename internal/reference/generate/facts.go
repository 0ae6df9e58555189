package generate

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/stepherd/stepherd/internal/reference"
)

// setFact reads a marker without its plus sign, as default=10m.
func setFact(f *reference.Facts, marker string) error {
	name, value, hasValue := strings.Cut(marker, "=")
	var err error
	switch name {
	case "default":
		f.Default, err = value, isYAML(value)
	case "example":
		f.Example, err = value, isYAML(value)
	case "enum":
		f.Enum = strings.Split(value, ",")
	case "minimum":
		f.Minimum, err = number(value)
	case "exclusiveMinimum":
		f.ExclusiveMinimum, err = number(value)
	case "maximum":
		f.Maximum, err = number(value)
	case "pattern":
		f.Pattern = value
	case "minLength":
		f.MinLength, err = strconv.Atoi(value)
	case "maxLength":
		f.MaxLength, err = strconv.Atoi(value)
	case "minItems":
		f.MinItems, err = strconv.Atoi(value)
	case "maxItems":
		f.MaxItems, err = strconv.Atoi(value)
	case "alternative":
		f.Alternative = value
	case "excludes":
		f.Excludes = strings.Split(value, ",")
	case "requires":
		f.Requires = strings.Split(value, ",")
	case "expressions":
		f.Expressions = reference.Expressions(value)
		err = knownExpressions(f.Expressions)
	default:
		return setFlag(f, marker)
	}
	if err == nil && (!hasValue || value == "") {
		err = errors.New("it has no value")
	}
	if err != nil {
		return fmt.Errorf("marker +%s: %w", marker, err)
	}
	return nil
}

// setFlag reads a marker without a value.
func setFlag(f *reference.Facts, marker string) error {
	switch marker {
	case "uniqueItems":
		f.UniqueItems = true
	case "scalars":
		f.Scalars = true
	default:
		return fmt.Errorf("there is no marker +%s", marker)
	}
	return nil
}

func number(text string) (*float64, error) {
	n, err := strconv.ParseFloat(text, 64)
	return &n, err
}

func isYAML(text string) error {
	var v any
	return yaml.Unmarshal([]byte(text), &v)
}

func knownExpressions(e reference.Expressions) error {
	if !slices.Contains([]reference.Expressions{reference.AtSubmit, reference.InRun, reference.AsCondition, reference.Never}, e) {
		return errors.New("expressions are evaluated at submit, run, condition or never")
	}
	return nil
}

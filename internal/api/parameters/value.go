package parameters

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	kjson "sigs.k8s.io/json"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/wording"
)

const (
	// MaxBytes is the size of the largest value, as JSON. A run's plan, which carries all values, has less room compressed.
	MaxBytes = 1 << 20
	// MaxDepth bounds the nesting of a value. It keeps the plan around the value below the nesting that a file may have.
	MaxDepth = 50
)

// decode decodes a value strictly: no key twice, whole numbers as int64, others as float64. The error is a sentence.
func decode(raw v1alpha1.Value) (any, error) {
	if len(raw) > MaxBytes {
		return nil, fmt.Errorf("the value has %d bytes, and one may have %d: put it into a file that the steps read", len(raw), MaxBytes)
	}
	if deeper(raw) {
		return nil, fmt.Errorf("the value is nested deeper than %d levels", MaxDepth)
	}
	var out any
	strict, err := kjson.UnmarshalStrict(raw, &out)
	if err := errors.Join(append(strict, err)...); err != nil {
		line, _, _ := strings.Cut(err.Error(), "\n")
		return nil, notJSON{wording.Bare(line)}
	}
	return out, nil
}

// notJSON is the error of a text that is no JSON.
type notJSON struct{ why string }

func (e notJSON) Error() string { return "the value is not valid JSON: " + e.why }

// deeper reports whether JSON is nested deeper than MaxDepth.
func deeper(raw []byte) bool {
	depth := 0
	for i := 0; i < len(raw); i++ {
		switch raw[i] {
		case '"':
			for i++; i < len(raw) && raw[i] != '"'; i++ {
				if raw[i] == '\\' {
					i++
				}
			}
		case '[', '{':
			if depth++; depth > MaxDepth {
				return true
			}
		case ']', '}':
			depth--
		}
	}
	return false
}

// typed holds a value to a type. It returns the value as it stands in a plan, and decoded; or a sentence on what is wrong.
func typed(t v1alpha1.ValueType, raw v1alpha1.Value) (v1alpha1.Value, any, string) {
	if _, err := decode(raw); err != nil {
		return nil, nil, err.Error()
	}
	value, err := t.Read(raw)
	if err != nil {
		return nil, nil, "the value " + err.Error() + quotesHint(t, raw)
	}
	decoded, err := decode(value)
	if err != nil {
		return nil, nil, err.Error()
	}
	return value, decoded, ""
}

// quotesHint is the end of a sentence on a value that has quotes around it and should not, or the other way round.
func quotesHint(t v1alpha1.ValueType, raw v1alpha1.Value) string {
	raw = bytes.TrimSpace(raw)
	switch is := raw.Type(); {
	case t == v1alpha1.TypeString && (is == v1alpha1.TypeNumber || is == v1alpha1.TypeBoolean):
		return fmt.Sprintf(": put it in quotes: %q", wording.Cut(string(raw), wording.MaxShown))
	case t != v1alpha1.TypeString && is == v1alpha1.TypeString:
		var inner string
		if json.Unmarshal(raw, &inner) != nil {
			return ""
		}
		if _, err := t.Read([]byte(inner)); err == nil {
			return ": write it without quotes: " + wording.Bare(inner)
		}
	}
	return ""
}

// text is a string as a value.
func text(s string) v1alpha1.Value {
	raw, _ := json.Marshal(s) // a string cannot fail
	return raw
}

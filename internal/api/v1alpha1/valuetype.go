package v1alpha1

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/stepherd/stepherd/internal/api/wording"
)

// OrString returns the type, and string where none is given.
func (t ValueType) OrString() ValueType {
	if t == "" {
		return TypeString
	}
	return t
}

// Article returns the type as a message names a value of it: `a string`, `an integer`.
func (t ValueType) Article() string {
	switch t.OrString() {
	case TypeInteger, TypeArray, TypeObject:
		return "an " + string(t)
	default:
		return "a " + string(t.OrString())
	}
}

// Read returns JSON text as a value of the type: without white space between its parts, and an integer in digits alone, because
// JSON Schema takes 3.0 for an integer, too. The error ends a sentence that begins with what the value is for: `is the string "x",
// not an integer`.
func (t ValueType) Read(text []byte) (Value, error) {
	var compact bytes.Buffer
	if err := json.Compact(&compact, text); err != nil {
		return nil, fmt.Errorf("is not JSON: %w", err)
	}
	v := Value(compact.Bytes())
	if len(v) == 0 {
		return nil, errors.New("is empty")
	}
	is := v.Type()
	switch want := t.OrString(); {
	case want == TypeInteger && is == TypeNumber:
		return readInteger(v)
	case want == TypeNumber && is == TypeNumber:
		return readNumber(v)
	case want != is:
		return nil, fmt.Errorf("is %s, not %s", v.described(), t.Article())
	}
	return v, nil
}

// Type returns the type of a value that is JSON. A number is TypeNumber, whatever it has behind the point; null has no type.
func (v Value) Type() ValueType {
	if len(v) == 0 {
		return ""
	}
	switch v[0] {
	case '"':
		return TypeString
	case '{':
		return TypeObject
	case '[':
		return TypeArray
	case 't', 'f':
		return TypeBoolean
	case 'n':
		return ""
	}
	return TypeNumber
}

// described names a value in a message. Arrays and objects are not shown.
func (v Value) described() string {
	switch t := v.Type(); t {
	case "":
		return "null"
	case TypeArray, TypeObject:
		return t.Article()
	default:
		return "the " + string(t) + " " + wording.Cut(string(v), wording.MaxShown)
	}
}

func readNumber(v Value) (Value, error) {
	if _, err := strconv.ParseFloat(string(v), 64); err != nil {
		return nil, fmt.Errorf("is %s, which is beyond the numbers of 64 bits", v.described())
	}
	return v, nil
}

// maxExact is the first integer that a float64 cannot tell from its neighbor.
const maxExact = 1 << 53

// readInteger never computes with more than 64 bits: 1e1000000000 is short to write.
func readInteger(v Value) (Value, error) {
	if _, err := strconv.ParseInt(string(v), 10, 64); err == nil {
		return v, nil
	}
	f, err := strconv.ParseFloat(string(v), 64)
	switch {
	case err != nil || math.Abs(f) >= maxExact && f == math.Trunc(f):
		return nil, fmt.Errorf("is %s, which is beyond the integers of 64 bits; write it in digits, or as a string", v.described())
	case f != math.Trunc(f):
		return nil, fmt.Errorf("is %s, not an integer", v.described())
	}
	return Value(strconv.FormatInt(int64(f), 10)), nil
}

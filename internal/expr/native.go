package expr

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// errLarge is the error of a value whose JSON would be too long. Lists may share their elements, so that a small expression can
// stand for a value that no memory holds.
var errLarge = fmt.Errorf("is larger than %d bytes as JSON", maxValue)

// native turns CEL's values into Go's, of at most size bytes.
type native struct{ left int }

// value returns the Go value; an error completes the sentence that begins with the expression.
func (n *native) value(v ref.Val) (any, error) {
	n.left--
	if n.left < 0 {
		return nil, errLarge
	}
	switch v := v.(type) {
	case types.Null:
		return nil, nil
	case types.Bool:
		return bool(v), nil
	case types.Int:
		return int64(v), nil
	case types.Uint:
		if v > math.MaxInt64 {
			return nil, fmt.Errorf("has the number %d, which is too large", v)
		}
		return int64(v), nil
	case types.Double:
		if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
			return nil, fmt.Errorf("has a number that JSON does not have: %v", f)
		}
		return float64(v), nil
	case types.String:
		return n.text(string(v))
	case types.Timestamp, types.Duration:
		return v.ConvertToType(types.StringType).Value(), nil
	case traits.Mapper:
		return n.object(v)
	case traits.Lister:
		return n.list(v)
	}
	return nil, fmt.Errorf("has a value of type %s, which JSON does not have; write string(...) around it", v.Type().TypeName())
}

func (n *native) text(s string) (any, error) {
	if n.left -= len(s); n.left < 0 {
		return nil, errLarge
	}
	return s, nil
}

func (n *native) list(v traits.Lister) (any, error) {
	size, is := v.Size().(types.Int)
	if !is || int(size) > n.left {
		return nil, errLarge
	}
	all := make([]any, 0, size)
	for it := v.Iterator(); it.HasNext() == types.True; {
		one, err := n.value(it.Next())
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

func (n *native) object(v traits.Mapper) (any, error) {
	all := map[string]any{}
	for it := v.Iterator(); it.HasNext() == types.True; {
		key := it.Next()
		name, err := keyOf(key)
		if err != nil {
			return nil, err
		}
		if n.left -= len(name); n.left < 0 {
			return nil, errLarge
		}
		if all[name], err = n.value(v.Get(key)); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// keyOf returns a map's key as the text that it is in JSON.
func keyOf(key ref.Val) (string, error) {
	switch k := key.(type) {
	case types.String:
		return string(k), nil
	case types.Int:
		return strconv.FormatInt(int64(k), 10), nil
	case types.Uint:
		return strconv.FormatUint(uint64(k), 10), nil
	case types.Bool:
		return strconv.FormatBool(bool(k)), nil
	}
	return "", errors.New("has a key that is no text")
}

// maxValue is the longest JSON of a value, in bytes, that an expression reads or gives.
const maxValue = 1 << 20

// decodeJSON reads JSON into string, bool, int64, float64, []any, map[string]any and nil.
func decodeJSON(raw json.RawMessage) (any, error) {
	if len(raw) > maxValue {
		return nil, fmt.Errorf("it has %d bytes, and an expression reads at most %d", len(raw), maxValue)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("something follows the value")
	}
	return numbers(v)
}

// numbers replaces the numbers of a value: whole ones become int64, others float64.
func numbers(v any) (any, error) {
	var err error
	switch v := v.(type) {
	case json.Number:
		return numberOf(string(v))
	case []any:
		for i := range v {
			if v[i], err = numbers(v[i]); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for k := range v {
			if v[k], err = numbers(v[k]); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}

func numberOf(text string) (any, error) {
	if !strings.ContainsAny(text, ".eE") {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n, nil
		}
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(f, 0) {
		return nil, fmt.Errorf("the number %s is too large", text)
	}
	return f, nil
}

// encodeJSON writes a value without a line's end and without escapes for HTML.
func encodeJSON(v any) (string, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "", err
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

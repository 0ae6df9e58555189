package expr

import (
	"errors"
	"fmt"
	"math"
	"strconv"

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

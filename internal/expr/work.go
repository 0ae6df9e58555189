package expr

import (
	"math/bits"
	"strings"

	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

const (
	// bytesOfUnit is how many bytes of a string are one unit.
	bytesOfUnit = 10
	// tooMuch is above the limit.
	tooMuch = workLimit + 1
)

// works are the functions whose work depends on the size of what they are given, and that work. It is known before a call.
var works = map[string]func(args []ref.Val) int{
	equal:                   workOfEquality,
	unequal:                 workOfEquality,
	operators.In:            workOfIn,
	operators.Add:           workOfAdd,
	matches:                 workOfMatch,
	"replace":               workOfReplace,
	"join":                  workOfJoin,
	"format":                func(args []ref.Val) int { return flat(args[0])/bytesOfUnit + weight(args[1]) },
	"indexOf":               workOfSearch,
	"lastIndexOf":           workOfSearch,
	"split":                 workOfList,
	"lists.range":           workOfRange,
	"distinct":              func(args []ref.Val) int { return product(flat(args[0]), weight(args[0])) },
	"flatten":               func(args []ref.Val) int { return weight(args[0]) },
	"slice":                 workOfSlice,
	"reverse":               workOfList,
	"sort":                  workOfSort,
	"@sortByAssociatedKeys": workOfSort,
	"math.@max":             workOfList,
	"math.@min":             workOfList,
}

// flat is the size of a value without what is inside it: bytes of a string, elements of a list or object.
func flat(v ref.Val) int {
	switch v := v.(type) {
	case types.String:
		return len(v)
	case types.Bytes:
		return len(v)
	case traits.Sizer:
		if n, is := v.Size().(types.Int); is {
			return int(min(n, tooMuch))
		}
	}
	return 1
}

// weight is the work of reading a value with all that is inside it, at most tooMuch. Lists may share their elements: a small
// expression can stand for more elements than any memory holds.
func weight(v ref.Val) int {
	left := tooMuch
	weigh(v, &left)
	return tooMuch - max(left, 0)
}

func weigh(v ref.Val, left *int) {
	*left--
	switch v := v.(type) {
	case types.String, types.Bytes:
		*left -= flat(v) / bytesOfUnit
	case traits.Mapper:
		for it := v.Iterator(); *left > 0 && it.HasNext() == types.True; {
			key := it.Next()
			weigh(key, left)
			weigh(v.Get(key), left)
		}
	case traits.Lister:
		for it := v.Iterator(); *left > 0 && it.HasNext() == types.True; {
			weigh(it.Next(), left)
		}
	}
}

// product multiplies without an overflow.
func product(a, b int) int { return min(a, 1<<30) * min(b, 1<<30) }

func workOfList(args []ref.Val) int     { return 1 + flat(args[0]) }
func workOfEquality(args []ref.Val) int { return min(weight(args[0]), weight(args[1])) }
func workOfSearch(args []ref.Val) int   { return 1 + product(flat(args[0]), flat(args[1]))/bytesOfUnit }
func workOfSort(args []ref.Val) int     { return product(flat(args[0]), 1+bits.Len(uint(flat(args[0])))) }

// workOfIn is what it takes to look for a value in a list, or for a key in an object.
func workOfIn(args []ref.Val) int {
	if _, is := args[1].(traits.Mapper); is {
		return 1
	}
	return min(product(flat(args[1]), weight(args[0])), weight(args[1]))
}

// workOfAdd is the size of a sum, but for a list that CEL makes element by element: there it is the size of what is added.
func workOfAdd(args []ref.Val) int {
	if _, grows := args[0].(traits.MutableLister); grows {
		return flat(args[1])
	}
	if _, is := args[0].(traits.Lister); is {
		return flat(args[0]) + flat(args[1])
	}
	size := flat(args[0]) + flat(args[1])
	if size > maxValue {
		return tooMuch
	}
	return size / bytesOfUnit
}

func workOfRange(args []ref.Val) int {
	n, _ := args[0].(types.Int)
	return int(max(min(n, tooMuch), 1))
}

// workOfSlice is the size of the result.
func workOfSlice(args []ref.Val) int {
	start, _ := args[1].(types.Int)
	end, _ := args[2].(types.Int)
	return 1 + int(min(max(end-start, 0), types.Int(flat(args[0]))))
}

// workOfReplace is the size of the result.
func workOfReplace(args []ref.Val) int {
	var s [3]string
	for i := range s {
		text, _ := args[i].(types.String)
		s[i] = string(text)
	}
	size := len(s[0]) + strings.Count(s[0], s[1])*max(len(s[2])-len(s[1]), 0)
	if size > maxValue {
		return tooMuch
	}
	return 1 + size/bytesOfUnit
}

// workOfJoin is the size of the result.
func workOfJoin(args []ref.Val) int {
	size, elements := 0, flat(args[0])
	if len(args) == 2 {
		size = product(elements, flat(args[1]))
	}
	list, is := args[0].(traits.Lister)
	for i := 0; is && i < elements && size <= maxValue; i++ {
		size += flat(list.Get(types.Int(i)))
	}
	if size > maxValue {
		return tooMuch
	}
	return 1 + elements + size/bytesOfUnit
}

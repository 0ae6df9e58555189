package expr

import (
	"strconv"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
)

// celTypes are the types as CEL knows them. What is inside an array or object is not declared.
var celTypes = map[Type]*cel.Type{
	String:  cel.StringType,
	Integer: cel.IntType,
	Number:  cel.DoubleType,
	Boolean: cel.BoolType,
	Array:   cel.ListType(cel.DynType),
	Object:  cel.MapType(cel.StringType, cel.DynType),
}

// provider tells CEL the type of each reference, which is in its name.
type provider struct{ types.Provider }

// FindStructType returns the type of root.
func (p provider) FindStructType(name string) (*types.Type, bool) {
	if name == root {
		return types.NewTypeTypeWithParam(types.NewObjectType(root)), true
	}
	return p.Provider.FindStructType(name)
}

// FindStructFieldType returns the type of a reference, and how its value is looked up.
func (p provider) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	if name != root {
		return p.Provider.FindStructFieldType(name, field)
	}
	typ, number, _ := strings.Cut(field, "/")
	n, err := strconv.Atoi(number)
	known, has := celTypes[Type(typ)]
	if err != nil || !has {
		return nil, false
	}
	return &types.FieldType{
		Type:    known,
		IsSet:   func(of any) bool { return of.(*lookup).isSet(n) },
		GetFrom: func(of any) (any, error) { return of.(*lookup).value(n) },
	}, true
}

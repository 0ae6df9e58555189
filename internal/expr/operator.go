package expr

import (
	"slices"
	"strconv"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/decls"
	"cel.dev/cel-go/common/functions"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// The functions behind == and !=. CEL's interpreter does not call a function for its own, so that nothing could bound them.
const (
	equal   = "@equal"
	unequal = "@unequal"
)

// mixed are the pairs of types that CEL itself does not calculate with. In JSON Schema an integer is a number, too.
var mixed = [][]*cel.Type{{cel.IntType, cel.DoubleType}, {cel.DoubleType, cel.IntType}}

// comparisons returns the macros that put Stepherd's functions in the place of == and !=.
func comparisons() []cel.Macro {
	expand := func(name string) cel.MacroFactory {
		return func(f cel.MacroExprFactory, _ ast.Expr, args []ast.Expr) (ast.Expr, *cel.Error) {
			return f.NewCall(name, args...), nil
		}
	}
	return []cel.Macro{cel.GlobalMacro(operators.Equals, 2, expand(equal)), cel.GlobalMacro(operators.NotEquals, 2, expand(unequal))}
}

// comparablePairs are the types of which two values are compared with == and !=. A value whose type is not known is any of them.
func comparablePairs() [][]*cel.Type {
	a, b := cel.TypeParamType("A"), cel.TypeParamType("B")
	pairs := slices.Clone(mixed)
	for _, t := range []*cel.Type{
		cel.BoolType, cel.IntType, cel.DoubleType, cel.UintType, cel.StringType, cel.BytesType, cel.TimestampType, cel.DurationType,
		cel.NullType, cel.ListType(a), cel.MapType(a, b),
	} {
		pairs = append(pairs, []*cel.Type{t, t})
	}
	return append(pairs, []*cel.Type{types.NewTypeTypeWithParam(a), types.NewTypeTypeWithParam(b)})
}

// equality returns the function behind == or !=.
func (m *meter) equality(name string) (*decls.FunctionDecl, error) {
	var opts []decls.FunctionOpt
	for i, pair := range comparablePairs() {
		opts = append(opts, decls.Overload(name+strconv.Itoa(i), pair, cel.BoolType))
	}
	return decls.NewFunction(name, append(opts, decls.SingletonBinaryBinding(m.binary(name, func(left, right ref.Val) ref.Val {
		is := types.Equal(left, right)
		if b, ok := is.(types.Bool); ok && name == unequal {
			return !b
		}
		return is
	})))...)
}

// arithmetic returns an operator that calculates with integers and numbers mixed, too.
func (m *meter) arithmetic(f *decls.FunctionDecl, b *functions.Overload, op functions.BinaryOp) (*decls.FunctionDecl, error) {
	opts := m.overloads(f, nil)
	for _, pair := range mixed {
		opts = append(opts, decls.Overload(f.Name()+"_"+pair[0].TypeName()+"_"+pair[1].TypeName(), pair, cel.DoubleType))
	}
	return decls.NewFunction(f.Name(), append(opts, decls.SingletonBinaryBinding(m.binary(f.Name(), func(left, right ref.Val) ref.Val {
		return op(promote(left, right), promote(right, left))
	}), b.OperandTrait))...)
}

// promote returns an integer as a number if the other operand is one.
func promote(v, other ref.Val) ref.Val {
	i, whole := v.(types.Int)
	if _, number := other.(types.Double); whole && number {
		return types.Double(i)
	}
	return v
}

// add adds. Two lists become one at once: CEL's own sum is a view of both, so that a short expression could stand for a list of any
// length.
func add(left, right ref.Val) ref.Val {
	a, is := left.(traits.Lister)
	b, both := right.(traits.Lister)
	if _, grows := left.(traits.MutableLister); !is || !both || grows {
		return left.(traits.Adder).Add(right)
	}
	all := make([]ref.Val, 0, flat(a)+flat(b))
	for _, list := range []traits.Lister{a, b} {
		for it := list.Iterator(); it.HasNext() == types.True; {
			all = append(all, it.Next())
		}
	}
	return types.NewRefValList(types.DefaultTypeAdapter, all)
}

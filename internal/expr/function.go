package expr

import (
	"errors"
	"regexp"
	"strings"

	"cel.dev/cel-go/common/decls"
	"cel.dev/cel-go/common/functions"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// bound returns a function of CEL's libraries as expressions have it.
func (m *meter) bound(f *decls.FunctionDecl) (*decls.FunctionDecl, error) {
	bindings, err := f.Bindings()
	if err != nil {
		return nil, err
	}
	by := map[string]*functions.Overload{}
	for _, b := range bindings {
		by[b.Operator] = b
	}
	switch name := f.Name(); name {
	case operators.Add:
		return m.arithmetic(f, by[name], add)
	case operators.Subtract, operators.Multiply, operators.Divide:
		return m.arithmetic(f, by[name], by[name].Binary)
	default:
		if works[name] == nil && !isZoned(name) {
			return f, nil
		}
		return m.guard(f, by)
	}
}

// guard returns a function that refuses work above the limit before it begins.
func (m *meter) guard(f *decls.FunctionDecl, by map[string]*functions.Overload) (*decls.FunctionDecl, error) {
	if f.HasSingletonBinding() {
		return decls.NewFunction(f.Name(), append(m.overloads(f, nil), m.singleton(f.Name(), by[f.Name()]))...)
	}
	return decls.NewFunction(f.Name(), m.overloads(f, by)...)
}

// overloads returns the overloads of a function, bound to guarded operations if there are some.
func (m *meter) overloads(f *decls.FunctionDecl, by map[string]*functions.Overload) []decls.FunctionOpt {
	var all []decls.FunctionOpt
	for _, o := range f.OverloadDecls() {
		var opts []decls.OverloadOpt
		if b := by[o.ID()]; b != nil {
			opts = append(opts, m.binding(f.Name(), b))
		}
		if o.IsNonStrict() {
			opts = append(opts, decls.OverloadIsNonStrict())
		}
		declare := decls.Overload
		if o.IsMemberFunction() {
			declare = decls.MemberOverload
		}
		all = append(all, declare(o.ID(), o.ArgTypes(), o.ResultType(), opts...))
	}
	return all
}

// binding binds an overload to its operation behind a guard.
func (m *meter) binding(name string, b *functions.Overload) decls.OverloadOpt {
	switch {
	case b.Unary != nil:
		return decls.UnaryBinding(m.unary(name, b.Unary))
	case b.Binary != nil:
		return decls.BinaryBinding(m.binary(name, b.Binary))
	}
	return decls.FunctionBinding(m.function(name, b.Function))
}

// singleton binds all overloads of a function to one operation behind a guard.
func (m *meter) singleton(name string, b *functions.Overload) decls.FunctionOpt {
	switch {
	case name == operators.In:
		return decls.SingletonBinaryBinding(m.binary(name, b.Binary))
	case name == matches:
		return decls.SingletonBinaryBinding(m.binary(name, match), b.OperandTrait)
	case b.Unary != nil:
		return decls.SingletonUnaryBinding(m.unary(name, b.Unary), b.OperandTrait)
	case b.Binary != nil:
		return decls.SingletonBinaryBinding(m.binary(name, b.Binary), b.OperandTrait)
	}
	return decls.SingletonFunctionBinding(m.function(name, b.Function), b.OperandTrait)
}

var offset = regexp.MustCompile(`^(UTC|[+-]?[0-9]{2}:[0-9]{2})$`)

var errZone = errors.New(`a time zone is UTC or an offset such as "+02:00"; names of places depend on the machine`)

// isZoned reports whether a function reads a part of a time, in a time zone if one is given.
func isZoned(function string) bool { return strings.HasPrefix(function, "get") }

// refuseZone refuses a time zone whose rules CEL would read from the machine's files, which differ between machines.
func refuseZone(zone ref.Val) ref.Val {
	if name, is := zone.(types.String); is && !offset.MatchString(string(name)) {
		return types.WrapErr(errZone)
	}
	return nil
}

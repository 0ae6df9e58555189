package expr

import (
	"cel.dev/cel-go/common/decls"
	"cel.dev/cel-go/common/functions"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types/ref"
)

// boundedFunction returns a function of CEL's libraries as expressions have it.
func boundedFunction(f *decls.FunctionDecl) (*decls.FunctionDecl, error) {
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
		return arithmetic(f, by[name], add)
	case operators.Subtract, operators.Multiply, operators.Divide:
		return arithmetic(f, by[name], by[name].Binary)
	default:
		if works[name] == nil && !isZoned(name) {
			return f, nil
		}
		return guarded(f, by)
	}
}

// guarded returns a function that refuses work above the limit before it begins.
func guarded(f *decls.FunctionDecl, by map[string]*functions.Overload) (*decls.FunctionDecl, error) {
	if f.HasSingletonBinding() {
		return decls.NewFunction(f.Name(), append(overloads(f, nil), singleton(f.Name(), by[f.Name()]))...)
	}
	return decls.NewFunction(f.Name(), overloads(f, by)...)
}

// overloads returns the overloads of a function, bound to guarded operations if there are some.
func overloads(f *decls.FunctionDecl, by map[string]*functions.Overload) []decls.FunctionOpt {
	var all []decls.FunctionOpt
	for _, o := range f.OverloadDecls() {
		var opts []decls.OverloadOpt
		if b := by[o.ID()]; b != nil {
			opts = append(opts, binding(f.Name(), b))
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
func binding(name string, b *functions.Overload) decls.OverloadOpt {
	switch {
	case b.Unary != nil:
		return decls.UnaryBinding(guardUnary(name, b.Unary))
	case b.Binary != nil:
		return decls.BinaryBinding(guardBinary(name, b.Binary))
	}
	return decls.FunctionBinding(guardFunction(name, b.Function))
}

// singleton binds all overloads of a function to one operation behind a guard.
func singleton(name string, b *functions.Overload) decls.FunctionOpt {
	switch {
	case name == operators.In:
		return decls.SingletonBinaryBinding(guardBinary(name, b.Binary))
	case name == matches:
		return decls.SingletonBinaryBinding(guardBinary(name, match), b.OperandTrait)
	case b.Unary != nil:
		return decls.SingletonUnaryBinding(guardUnary(name, b.Unary), b.OperandTrait)
	case b.Binary != nil:
		return decls.SingletonBinaryBinding(guardBinary(name, b.Binary), b.OperandTrait)
	}
	return decls.SingletonFunctionBinding(guardFunction(name, b.Function), b.OperandTrait)
}

func guardUnary(name string, op functions.UnaryOp) functions.UnaryOp {
	return func(arg ref.Val) ref.Val {
		if refused := refuse(name, arg); refused != nil {
			return refused
		}
		return op(arg)
	}
}

func guardBinary(name string, op functions.BinaryOp) functions.BinaryOp {
	return func(left, right ref.Val) ref.Val {
		if refused := refuse(name, left, right); refused != nil {
			return refused
		}
		return op(left, right)
	}
}

func guardFunction(name string, op functions.FunctionOp) functions.FunctionOp {
	return func(args ...ref.Val) ref.Val {
		if refused := refuse(name, args...); refused != nil {
			return refused
		}
		return op(args...)
	}
}

package expr

import (
	"errors"
	"sync"

	"cel.dev/cel-go/common/functions"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/interpreter"
)

// workLimit bounds the work of one evaluation: a node of the expression that is evaluated is one unit, and a call as many more as
// works knows. It is a second at most, and mostly a tenth.
const workLimit = 1_000_000

var errWork = errors.New("too much work")

// meter counts the work of one evaluation at a time, and ends it at the limit.
//
// CEL's own limit would not do: it counts a call afterwards, when that may have taken all memory, it sees a list as one value
// however much is in it, and its tracker's time is quadratic in the length of a list (interpreter/runtimecost.go: the stack of
// values grows with every iteration and is searched in each).
type meter struct {
	mutex sync.Mutex
	left  int
}

// run evaluates, alone.
func (m *meter) run(evaluate func() (ref.Val, error)) (ref.Val, error) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.left = workLimit
	return evaluate()
}

// node counts a node of the expression. CEL recovers from the panic and returns it as an error.
func (m *meter) node() {
	if m.left--; m.left < 0 {
		panic(interpreter.EvalCancelledError{Cause: interpreter.CostLimitExceeded, Message: errWork.Error()})
	}
}

// refuse counts a call, or returns an error if the call would be too much work or depend on the machine.
func (m *meter) refuse(name string, args ...ref.Val) ref.Val {
	if work := works[name]; work != nil {
		if m.left -= min(work(args), tooMuch); m.left < 0 {
			return types.WrapErr(errWork)
		}
	}
	if isZoned(name) && len(args) == 2 {
		return refuseZone(args[1])
	}
	return nil
}

func (m *meter) unary(name string, op functions.UnaryOp) functions.UnaryOp {
	return func(arg ref.Val) ref.Val {
		if refused := m.refuse(name, arg); refused != nil {
			return refused
		}
		return op(arg)
	}
}

func (m *meter) binary(name string, op functions.BinaryOp) functions.BinaryOp {
	return func(left, right ref.Val) ref.Val {
		if refused := m.refuse(name, left, right); refused != nil {
			return refused
		}
		return op(left, right)
	}
}

func (m *meter) function(name string, op functions.FunctionOp) functions.FunctionOp {
	return func(args ...ref.Val) ref.Val {
		if refused := m.refuse(name, args...); refused != nil {
			return refused
		}
		return op(args...)
	}
}

// count returns a node of a program that counts itself. A constant does not.
func (m *meter) count(node interpreter.InterpretableV2) (interpreter.InterpretableV2, error) {
	switch node := node.(type) {
	case interpreter.InterpretableConst:
		return node, nil
	case interpreter.InterpretableAttribute:
		return &countedAttribute{node, m}, nil
	}
	return &counted{node, m}, nil
}

type counted struct {
	interpreter.InterpretableV2
	meter *meter
}

// Exec counts and evaluates.
func (c *counted) Exec(frame *interpreter.ExecutionFrame) ref.Val {
	c.meter.node()
	return c.InterpretableV2.Exec(frame)
}

// Eval counts and evaluates.
func (c *counted) Eval(vars interpreter.Activation) ref.Val { return c.Exec(interpreter.AsFrame(vars)) }

type countedAttribute struct {
	interpreter.InterpretableAttribute
	meter *meter
}

// Exec counts and evaluates.
func (c *countedAttribute) Exec(frame *interpreter.ExecutionFrame) ref.Val {
	c.meter.node()
	return c.InterpretableAttribute.Exec(frame)
}

// Eval counts and evaluates.
func (c *countedAttribute) Eval(vars interpreter.Activation) ref.Val {
	return c.Exec(interpreter.AsFrame(vars))
}

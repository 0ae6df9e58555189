package expr

import (
	"errors"
	"fmt"
	"strings"

	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/interpreter"
)

// value evaluates an expression. It is never null.
func (x *expression) value(v *Values) (any, error) {
	out, err := x.program.language.meter.run(func() (ref.Val, error) {
		out, _, err := x.program.eval.Eval(&lookup{references: x.source.references, values: v})
		return out, err
	})
	if err != nil {
		return nil, x.failed(err)
	}
	value, err := (&native{left: maxValue}).value(out)
	switch {
	case err != nil:
		return nil, fmt.Errorf("${{%s}} %w", shorten(x.text), err)
	case value == nil:
		return nil, fmt.Errorf("${{%s}} is null", shorten(x.text))
	}
	return value, nil
}

// failed returns the sentence for what CEL says.
func (x *expression) failed(err error) error {
	var missing *absent
	var cancelled interpreter.EvalCancelledError
	switch {
	case errors.As(err, &missing):
		if strings.HasPrefix(missing.message, strings.TrimSpace(x.text)+" ") {
			return missing
		}
		return fmt.Errorf("%w, in ${{%s}}", missing, shorten(x.text))
	case errors.Is(err, errWork), errors.As(err, &cancelled):
		return fmt.Errorf("${{%s}} takes too much work, and was stopped; compute it in a step", shorten(x.text))
	}
	return fmt.Errorf("${{%s}} has no value: %s", shorten(x.text), evaluationSentence(err.Error()))
}

// shorten cuts a text for a message.
func shorten(text string) string {
	if r := []rune(text); len(r) > 80 {
		return string(r[:80]) + "..."
	}
	return text
}

// Parent makes a lookup CEL's activation.
func (l *lookup) Parent() interpreter.Activation { return nil }

package expr

import (
	"encoding/json"
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

// absent is the error of a reference that has no value.
type absent struct{ message string }

func (a *absent) Error() string { return a.message }

// lookup finds the values of one expression's references, each once.
type lookup struct {
	references []reference
	values     *Values
	found      map[int]any
}

// ResolveName and Parent make it CEL's activation.
func (l *lookup) ResolveName(name string) (any, bool) {
	if name == root {
		return l, true
	}
	return nil, false
}

// isSet is what has() returns.
func (l *lookup) isSet(n int) bool {
	_, err := l.value(n)
	return err == nil
}

// value returns the value of a reference as CEL takes it.
func (l *lookup) value(n int) (any, error) {
	if v, has := l.found[n]; has {
		return v, nil
	}
	r := l.references[n]
	v, err := l.find(r)
	if err != nil {
		return nil, err
	}
	if l.found == nil {
		l.found = map[int]any{}
	}
	l.found[n] = v
	return v, nil
}

func (l *lookup) find(r reference) (any, error) {
	switch r.subject {
	case ofParameter:
		raw, has := l.values.Parameters[r.name]
		if !has {
			return nil, &absent{r.text + " has no value"}
		}
		return decode(raw, r)
	case ofRun:
		return l.ofRun(r)
	case ofStatus:
		return r.name == "always" || r.name == "succeeded" && l.values.Succeeded || r.name == "failed" && l.values.Failed, nil
	case ofResult, ofPhase:
	}
	return l.ofStep(r)
}

func (l *lookup) ofRun(r reference) (any, error) {
	run := l.values.Run
	value := map[string]string{"name": run.Name, "uid": run.UID, "namespace": run.Namespace, "pipeline": run.Pipeline,
		"scheduledAt": run.ScheduledAt, "phase": run.Phase}[r.name]
	switch {
	case value != "":
		return value, nil
	case r.name == "scheduledAt":
		return nil, &absent{"run.scheduledAt has no value: no CronJob started this run; has(run.scheduledAt) tells"}
	}
	return nil, &absent{r.text + " has no value yet"}
}

func (l *lookup) ofStep(r reference) (any, error) {
	if l.values.Step == nil {
		return nil, &absent{r.text + " has no value yet"}
	}
	phase, results, ended := l.values.Step(r.step)
	if !ended {
		return nil, &absent{fmt.Sprintf("%s has no value: step %s has not ended", r.text, r.step)}
	}
	if r.subject == ofPhase {
		return phase, nil
	}
	raw, has := results[r.name]
	if !has {
		return nil, &absent{fmt.Sprintf("%s has no value: step %s %s", r.text, r.step, ending(phase))}
	}
	return decode(raw, r)
}

// ending says in words how a step that has no result has ended.
func ending(phase string) string {
	switch phase {
	case "Skipped":
		return "was skipped"
	case "Failed":
		return "failed"
	case "Cancelled":
		return "was cancelled"
	}
	return "ended as " + phase + " without it"
}

// decode reads the JSON of a value whose type is declared.
func decode(raw json.RawMessage, r reference) (any, error) {
	v, err := decodeJSON(raw)
	if err != nil {
		return nil, &absent{fmt.Sprintf("%s is no JSON that can be used: %v", r.text, err)}
	}
	if v == nil {
		return nil, &absent{r.text + " has no value: it is null"}
	}
	converted, is := as(r.typ, v)
	if !is {
		return nil, &absent{fmt.Sprintf("%s is declared as %s and is not", r.text, r.typ)}
	}
	return converted, nil
}

// as returns a value as one of a declared type; a whole number is both integer and number.
func as(t Type, v any) (any, bool) {
	switch v := v.(type) {
	case string:
		return v, t == String
	case bool:
		return v, t == Boolean
	case int64:
		if t == Number {
			return float64(v), true
		}
		return v, t == Integer
	case float64:
		if t == Integer && v == float64(int64(v)) {
			return int64(v), true
		}
		return v, t == Number
	case []any:
		return v, t == Array
	case map[string]any:
		return v, t == Object
	}
	return nil, false
}

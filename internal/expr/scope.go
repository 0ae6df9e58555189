package expr

import (
	"encoding/json"
)

// Type is a type of JSON Schema. A parameter or result without a type is a string.
type Type string

// The types of values.
const (
	String  Type = "string"
	Integer Type = "integer"
	Number  Type = "number"
	Boolean Type = "boolean"
	Array   Type = "array"
	Object  Type = "object"
)

// Variable is a parameter of a pipeline or a result of a step.
type Variable struct {
	Name string
	Type Type
}

// Step is a step with the results that it declares.
type Step struct {
	Name    string
	Results []Variable
}

// Scope is all that the expressions of one pipeline may name.
type Scope struct {
	Parameters []Variable
	Steps      []Step
}

// Place is where an expression stands. It decides what the expression may use.
type Place struct {
	// Submit: the value must be known when the run is submitted, from parameters and run.pipeline alone.
	Submit bool
	// Visible reports whether the results and the phase of a step may be used. Nil is no step.
	Visible func(step string) bool
	// Finally: run.phase may be used.
	Finally bool
	// Status: succeeded(), failed() and always() may be called.
	Status bool
}

// Fault is something wrong with a text, at a byte offset in it.
type Fault struct {
	Offset  int
	Message string
}

// Error returns the message.
func (f Fault) Error() string { return f.Message }

// Uses is what the expressions of a text refer to.
type Uses struct {
	// Results, Phases: of any step.
	Results, Phases bool
	// Steps are the names of the steps whose results or phase are used, each once, in order of first use.
	Steps []string
}

// Values is what a run knows when it evaluates an expression. It is not changed by that, and may be used by several goroutines if
// Step may be.
type Values struct {
	Parameters map[string]json.RawMessage
	Run        RunInfo
	// Step returns the phase of a step, its results, and whether it has ended. Nil is no step.
	Step func(name string) (phase string, results map[string]json.RawMessage, ended bool)
	// Succeeded and Failed are what succeeded() and failed() return.
	Succeeded, Failed bool
}

// RunInfo is what is known of the run itself.
type RunInfo struct {
	Name, UID, Namespace, Pipeline string
	// ScheduledAt is the time for which a CronJob started the run, as RFC 3339; empty in another run.
	ScheduledAt string
	// Phase is how the run has ended before the steps under finally; empty until then.
	Phase string
}

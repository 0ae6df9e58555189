package v1alpha1

import (
	"encoding/json"
	"time"
)

// DefaultFinallyTimeout is how long the steps under finally may take together where finallyTimeout does not say.
const DefaultFinallyTimeout = 10 * time.Minute

// ValueType is the type of a parameter or a result, in the words of JSON Schema.
type ValueType string

// The types of values.
const (
	TypeString  ValueType = "string"
	TypeInteger ValueType = "integer"
	TypeNumber  ValueType = "number"
	TypeBoolean ValueType = "boolean"
	TypeArray   ValueType = "array"
	TypeObject  ValueType = "object"
)

// Value is a value of a parameter or a result, as JSON. Nil is no value.
type Value json.RawMessage

// MarshalJSON gives the raw bytes; `null` where there is no value.
func (v Value) MarshalJSON() ([]byte, error) { return json.RawMessage(v).MarshalJSON() }

// UnmarshalJSON keeps a copy of the raw bytes.
func (v *Value) UnmarshalJSON(b []byte) error { return (*json.RawMessage)(v).UnmarshalJSON(b) }

// Parameter is a value that a run is given, in the words of JSON Schema. One without a default must be given.
type Parameter struct {
	Name string `json:"name"`
	// Type is what the value must be; string if absent.
	Type ValueType `json:"type,omitempty"`
	// Default is the value where none is given.
	Default     Value  `json:"default,omitempty"`
	Description string `json:"description,omitempty"`
	// Enum lists the values that there are; any if absent.
	Enum []Value `json:"enum,omitempty"`
	// Minimum and Maximum bound a number; they belong to it.
	Minimum *float64 `json:"minimum,omitempty"`
	Maximum *float64 `json:"maximum,omitempty"`
	// Pattern is a regular expression, of Go's syntax, that a string must match somewhere.
	Pattern string `json:"pattern,omitempty"`
	// MinItems and MaxItems bound the length of an array.
	MinItems *int64 `json:"minItems,omitempty"`
	MaxItems *int64 `json:"maxItems,omitempty"`
}

// Result is a value that a step hands on. Its program writes them all, as one JSON object, to the file that the environment
// variable STEPHERD_RESULTS names.
type Result struct {
	Name string `json:"name"`
	// Type is what the value must be; string if absent.
	Type ValueType `json:"type,omitempty"`
}

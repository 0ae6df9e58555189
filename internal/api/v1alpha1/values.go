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
	TypeString  ValueType = "string"  // text
	TypeInteger ValueType = "integer" // a whole number
	TypeNumber  ValueType = "number"  // any number, whole or not
	TypeBoolean ValueType = "boolean" // true or false
	TypeArray   ValueType = "array"   // a list of any values
	TypeObject  ValueType = "object"  // a mapping of keys to any values
)

// Value is a value of a parameter or a result, as JSON. Nil is no value.
type Value json.RawMessage

// MarshalJSON gives the raw bytes; `null` where there is no value.
func (v Value) MarshalJSON() ([]byte, error) { return json.RawMessage(v).MarshalJSON() }

// UnmarshalJSON keeps a copy of the raw bytes.
func (v *Value) UnmarshalJSON(b []byte) error { return (*json.RawMessage)(v).UnmarshalJSON(b) }

// Parameter is a value that a run is given, in the words of JSON Schema. One without a default must be given.
type Parameter struct {
	// Name is the name by which expressions refer to the value, as ${{ parameters.epochs }}: A-Z, a-z, 0-9, _ and -, beginning with a
	// letter or _.
	//
	// +pattern=^[A-Za-z_][A-Za-z0-9_-]*$
	// +maxLength=63
	// +example=epochs
	Name string `json:"name"`
	// Type is the type that the value must have.
	//
	// +default=string
	// +example=integer
	Type ValueType `json:"type,omitempty"`
	// Default is the value where none is given.
	//
	// +example=3
	Default Value `json:"default,omitempty"`
	// Description tells users what the parameter is for.
	//
	// +example=passes over the data
	Description string `json:"description,omitempty"`
	// Enum has all values that are allowed. Any value of the type is, if it is absent.
	//
	// +minItems=1
	// +example=[small, large]
	Enum []Value `json:"enum,omitempty"`
	// Minimum is the least number that is allowed. It is for the types integer and number.
	//
	// +example=1
	Minimum *float64 `json:"minimum,omitempty"`
	// Maximum is the greatest number that is allowed. It is for the types integer and number.
	//
	// +example=100
	Maximum *float64 `json:"maximum,omitempty"`
	// Pattern is a regular expression of Go's syntax (RE2) that the text must match somewhere: write ^ and $ to match all of it.
	// It is for the type string.
	//
	// +maxLength=1024
	// +example=^[a-z]+$
	Pattern string `json:"pattern,omitempty"`
	// MinItems is how many items a list must have at least. It is for the type array.
	//
	// +minimum=0
	// +example=1
	MinItems *int64 `json:"minItems,omitempty"`
	// MaxItems is how many items a list may have at most. It is for the type array.
	//
	// +minimum=0
	// +example=10
	MaxItems *int64 `json:"maxItems,omitempty"`
}

// Result is a value that a step gives to other steps. Its program writes all its results, as one JSON object, to the file that the
// environment variable STEPHERD_RESULTS names.
type Result struct {
	// Name is the key of the value in that object, and the name by which expressions refer to it, as
	// ${{ steps.evaluate.results.accuracy }}: A-Z, a-z, 0-9, _ and -, beginning with a letter or _.
	//
	// +pattern=^[A-Za-z_][A-Za-z0-9_-]*$
	// +maxLength=63
	// +example=accuracy
	Name string `json:"name"`
	// Type is the type that the value must have. The program of a step with one result of type string may also write the text
	// itself in place of an object.
	//
	// +default=string
	// +example=number
	Type ValueType `json:"type,omitempty"`
}

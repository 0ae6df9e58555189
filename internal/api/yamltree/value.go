package yamltree

import (
	"slices"
	"strconv"

	"github.com/stepherd/stepherd/internal/api/wording"
)

// Kind is what a value is, in the words of JSON.
type Kind uint8

// The kinds of values.
const (
	Null Kind = iota
	Bool
	Number
	String
	List
	Object
)

// Value is a node of the file with its place, whether it came from YAML or JSON. Aliases and merge keys are expanded.
//
// Parent, Name and Index stay what they were in the file when a value is moved (ZenML form): that is how its path is
// still the one that the user wrote.
type Value struct {
	Kind Kind
	// Broken is set when a problem was reported here: the value is left out of what is decoded, and what else is found
	// wrong with it is not reported.
	Broken bool
	// KeepNulls is set where a null below means something: it takes the pipeline's value away.
	KeepNulls bool
	// Date is set for a string that YAML 1.1 reads as a date or a time, because no quotes are around it.
	Date bool

	Line, Column       int32 // of the value itself
	KeyLine, keyColumn int32 // of its key, in an object
	Index              int32 // in the parent's list

	Text string // a scalar as it was written
	JSON string // a number or boolean as JSON

	Fields []Field
	Items  []*Value
	// lost are keys that the user meant but wrote otherwise: that they are missing is not reported.
	lost []string

	Parent *Value
	Name   string
}

// Field is a key with its value. The key is what decoding sees; Value.Name is what the user wrote.
type Field struct {
	Key   string
	Value *Value
}

// Get is the value of a key; nil if there is none.
func (v *Value) Get(key string) *Value {
	if v == nil {
		return nil
	}
	for _, f := range v.Fields {
		if f.Key == key {
			return f.Value
		}
	}
	return nil
}

// Add gives an object one more field.
func (v *Value) Add(key string, inner *Value) { v.Fields = append(v.Fields, Field{key, inner}) }

// Child is a new value inside v that no one wrote; its place is that of origin.
func (v *Value) Child(key string, k Kind, origin *Value) *Value {
	line, column := origin.Place()
	return &Value{Kind: k, Parent: v, Name: key, Line: line, Column: column, KeyLine: line, keyColumn: column}
}

// Lose marks a key as meant, at the end of a way through fields that may not exist.
func (v *Value) Lose(way ...string) {
	for len(way) > 1 && v.Get(way[0]) != nil {
		v, way = v.Get(way[0]), way[1:]
	}
	v.lost = append(v.lost, way[0])
}

// Place is where a problem with v is shown: a scalar at itself, the rest at its key, if it has one.
func (v *Value) Place() (line, column int32) {
	if (v.Kind == List || v.Kind == Object || v.Kind == Null) && v.KeyLine > 0 {
		return v.KeyLine, v.keyColumn
	}
	return v.Line, v.Column
}

// Path is the path as the user wrote it.
func (v *Value) Path() string {
	if v.Parent == nil {
		return ""
	}
	if v.Parent.Kind == List && v.Name == "" { // a mapping that was made a list keeps the names of its keys
		return v.Parent.Path() + "[" + strconv.Itoa(int(v.Index)) + "]"
	}
	return joinKey(v.Parent.Path(), v.Name)
}

// joinKey appends .key, or [key] where the key is no plain word.
func joinKey(path, key string) string {
	if !wording.PlainWord(key) {
		return path + "[" + wording.Bare(key) + "]"
	}
	if path == "" {
		return key
	}
	return path + "." + key
}

// KeepsNulls reports whether a null in this mapping takes something away.
func (v *Value) KeepsNulls() bool {
	if v.Kind != Object {
		return false
	}
	for ; v != nil; v = v.Parent {
		if v.KeepNulls {
			return true
		}
	}
	return false
}

// Key is the key that v has by now in its mapping: a mistaken one has been put right, while name is what the user wrote.
func (v *Value) Key() string {
	if v.Parent != nil {
		for _, f := range v.Parent.Fields {
			if f.Value == v {
				return f.Key
			}
		}
	}
	return v.Name
}

// Keys returns the keys of an object in the order of the file.
func (v *Value) Keys() []string {
	out := make([]string, len(v.Fields))
	for i, f := range v.Fields {
		out[i] = f.Key
	}
	return out
}

// Wrong reports whether a problem was found in the value or in anything below it.
func (v *Value) Wrong() bool {
	if v == nil {
		return false
	}
	return v.Broken || slices.ContainsFunc(v.Items, (*Value).Wrong) || slices.ContainsFunc(v.Fields, func(f Field) bool { return f.Value.Wrong() })
}

// Empty reports whether there is nothing in it.
func (v *Value) Empty() bool {
	return v.Kind == Null || v.Kind == Object && len(v.Fields) == 0 || v.Kind == List && len(v.Items) == 0
}

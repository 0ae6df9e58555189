package v1alpha1

import (
	"strconv"
	"strings"
)

// kind is what a value is, in the words of JSON.
type kind uint8

const (
	isNull kind = iota
	isBool
	isNumber
	isString
	isList
	isObject
)

// value is a node of the file with its place, whether it came from YAML or JSON. Aliases and merge keys are expanded.
//
// parent, name and index stay what they were in the file when a value is moved (ZenML form): that is how its path is
// still the one that the user wrote.
type value struct {
	kind kind
	// broken says that a problem was reported here: the value is left out of what is decoded, and what else is found
	// wrong with it is not reported.
	broken bool
	// keepNulls says that a null below means something: it takes the pipeline's value away.
	keepNulls bool

	line, column       int32 // of the value itself
	keyLine, keyColumn int32 // of its key, in an object
	index              int32 // in the parent's list

	text string // a scalar as it was written
	json string // a number or boolean as JSON

	fields []field
	items  []*value
	// lost are keys that the user meant but wrote otherwise: that they are missing is not reported.
	lost []string

	parent *value
	name   string
}

// field is a key with its value. The key is what decoding sees; value.name is what the user wrote.
type field struct {
	key   string
	value *value
}

// get is the value of a key; nil if there is none.
func (v *value) get(key string) *value {
	if v == nil {
		return nil
	}
	for _, f := range v.fields {
		if f.key == key {
			return f.value
		}
	}
	return nil
}

// add gives an object one more field.
func (v *value) add(key string, inner *value) { v.fields = append(v.fields, field{key, inner}) }

// child is a new value inside v that no one wrote; its place is that of origin.
func (v *value) child(key string, k kind, origin *value) *value {
	line, column := origin.place()
	return &value{kind: k, parent: v, name: key, line: line, column: column, keyLine: line, keyColumn: column}
}

// lose marks a key as meant, at the end of a way through fields that may not exist.
func (v *value) lose(way ...string) {
	for len(way) > 1 && v.get(way[0]) != nil {
		v, way = v.get(way[0]), way[1:]
	}
	v.lost = append(v.lost, way[0])
}

// place is where a problem with v is shown: a scalar at itself, the rest at its key, if it has one.
func (v *value) place() (line, column int32) {
	if (v.kind == isList || v.kind == isObject || v.kind == isNull) && v.keyLine > 0 {
		return v.keyLine, v.keyColumn
	}
	return v.line, v.column
}

// path is the path as the user wrote it.
func (v *value) path() string {
	if v.parent == nil {
		return ""
	}
	if v.parent.kind == isList {
		return v.parent.path() + "[" + strconv.Itoa(int(v.index)) + "]"
	}
	return joinKey(v.parent.path(), v.name)
}

// joinKey appends .key, or [key] where the key is no plain word.
func joinKey(path, key string) string {
	if !plainWord(key) {
		return path + "[" + shorten(key) + "]"
	}
	if path == "" {
		return key
	}
	return path + "." + key
}

func plainWord(s string) bool {
	other := func(r rune) bool {
		return r != '_' && r != '-' && r != '$' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}
	return s != "" && len(s) <= maxShown && !strings.ContainsFunc(s, other)
}

// maxShown is how much of the user's text a message shows, in bytes.
const maxShown = 80

// shorten makes user's text fit for one line of a message.
func shorten(s string) string {
	quoted := strconv.Quote(cut(s, maxShown))
	if plain := quoted[1 : len(quoted)-1]; plain == s {
		return s
	}
	return quoted
}

// quote is shorten with quotes around.
func quote(s string) string { return strconv.Quote(cut(s, maxShown)) }

// cut cuts at a rune's boundary and marks that it did.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && s[limit]&0xC0 == 0x80 {
		limit--
	}
	return s[:limit] + "..."
}

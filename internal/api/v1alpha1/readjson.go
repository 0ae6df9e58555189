package v1alpha1

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// looksLikeJSON says whether a file is to be read as JSON: most JSON is YAML too, but not all, and what is YAML only may
// begin with a brace.
func looksLikeJSON(data []byte) bool {
	data = bytes.TrimLeft(data, " \t\r\n")
	return len(data) > 0 && data[0] == '{' && json.Valid(data)
}

// readJSON makes the tree of valid JSON.
func readJSON(data []byte, c *collector) *value {
	r := jsonReader{collector: c, data: data, decoder: json.NewDecoder(bytes.NewReader(data)), line: 1, column: 1}
	r.decoder.UseNumber()
	root := &value{}
	r.read(root, 0)
	if r.stopped {
		return nil
	}
	return root
}

// jsonReader reads tokens and counts lines and columns beside them.
type jsonReader struct {
	*collector
	data         []byte
	decoder      *json.Decoder
	at           int // offset that line and column belong to
	line, column int32
	count        int
	stopped      bool
}

// token is the next token and its place.
func (r *jsonReader) token() (t json.Token, line, column int32) {
	start := int(r.decoder.InputOffset())
	for start < len(r.data) && bytes.IndexByte([]byte(" \t\r\n,:"), r.data[start]) >= 0 {
		start++
	}
	r.advance(start)
	line, column = r.line, r.column
	t, err := r.decoder.Token()
	if err != nil { // not possible: the data is valid
		r.stop("not valid JSON: " + err.Error())
	}
	return t, line, column
}

func (r *jsonReader) advance(to int) {
	passed := r.data[r.at:to]
	if n := bytes.Count(passed, []byte{'\n'}); n > 0 {
		r.line += int32(n)
		r.column = 1
		passed = passed[bytes.LastIndexByte(passed, '\n')+1:]
	}
	r.column += int32(utf8.RuneCount(passed))
	r.at = to
}

func (r *jsonReader) stop(message string) {
	if !r.stopped {
		r.stopped = true
		r.add(Problem{Line: int(r.line), Column: int(r.column), Message: message})
	}
}

func (r *jsonReader) read(v *value, depth int) {
	t, line, column := r.token()
	v.line, v.column = line, column
	if r.count++; r.count > maxValues {
		r.stop(fmt.Sprintf("the file has more than %d values", maxValues))
	}
	if depth > maxDepth {
		r.stop(fmt.Sprintf("nested deeper than %d levels", maxDepth))
	}
	if r.stopped {
		return
	}
	switch t := t.(type) {
	case json.Delim:
		if t == '{' {
			r.object(v, depth)
			return
		}
		r.list(v, depth)
	case string:
		v.kind, v.text = isString, t
	case json.Number:
		v.kind, v.text, v.json = isNumber, t.String(), t.String()
	case bool:
		v.kind, v.text = isBool, strconv.FormatBool(t)
		v.json = v.text
	}
}

func (r *jsonReader) list(v *value, depth int) {
	v.kind = isList
	for r.decoder.More() && !r.stopped {
		item := &value{parent: v, index: int32(len(v.items))}
		v.items = append(v.items, item)
		r.read(item, depth+1)
	}
	r.token()
}

func (r *jsonReader) object(v *value, depth int) {
	v.kind = isObject
	seen := map[string]int32{}
	for r.decoder.More() && !r.stopped {
		k, line, column := r.token()
		inner := &value{parent: v, name: k.(string), keyLine: line, keyColumn: column}
		r.read(inner, depth+1)
		if first, twice := seen[inner.name]; twice {
			r.atKey(inner, "the key %s is given twice in one mapping; the first is in line %d", quote(inner.name), first)
			continue
		}
		seen[inner.name] = line
		v.add(inner.name, inner)
	}
	r.token()
}

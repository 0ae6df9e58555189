package yamltree

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/stepherd/stepherd/internal/api/wording"
)

// LooksLikeJSON reports whether a file is to be read as JSON: most JSON is YAML too, but not all, and what is YAML only may
// begin with a brace.
func LooksLikeJSON(data []byte) bool {
	data = bytes.TrimLeft(data, " \t\r\n")
	return len(data) > 0 && data[0] == '{' && json.Valid(data)
}

// ReadJSON makes the tree of valid JSON.
func ReadJSON(data []byte, c *Collector) *Value {
	r := jsonReader{Collector: c, data: data, decoder: json.NewDecoder(bytes.NewReader(data)), line: 1, column: 1}
	r.decoder.UseNumber()
	root := &Value{}
	r.read(root, 0)
	if r.stopped {
		return nil
	}
	return root
}

// jsonReader reads tokens and counts lines and columns beside them.
type jsonReader struct {
	*Collector
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
		r.Add(Problem{Line: int(r.line), Column: int(r.column), Message: message})
	}
}

func (r *jsonReader) read(v *Value, depth int) {
	t, line, column := r.token()
	v.Line, v.Column = line, column
	if r.count++; r.count > maxValues {
		r.stop(fmt.Sprintf("the file has more than %d values", maxValues))
	}
	if depth > MaxDepth {
		r.stop(fmt.Sprintf("nested deeper than %d levels", MaxDepth))
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
		v.Kind, v.Text = String, t
	case json.Number:
		v.Kind, v.Text, v.JSON = Number, t.String(), t.String()
	case bool:
		v.Kind, v.Text = Bool, strconv.FormatBool(t)
		v.JSON = v.Text
	}
}

func (r *jsonReader) list(v *Value, depth int) {
	v.Kind = List
	for r.decoder.More() && !r.stopped {
		item := &Value{Parent: v, Index: int32(len(v.Items))}
		v.Items = append(v.Items, item)
		r.read(item, depth+1)
	}
	r.token()
}

func (r *jsonReader) object(v *Value, depth int) {
	v.Kind = Object
	seen := map[string]int32{}
	for r.decoder.More() && !r.stopped {
		k, line, column := r.token()
		inner := &Value{Parent: v, Name: k.(string), KeyLine: line, keyColumn: column}
		r.read(inner, depth+1)
		if first, twice := seen[inner.Name]; twice {
			r.AtKey(inner, "the key %s is given twice in one mapping; the first is in line %d", wording.Quote(inner.Name), first)
			continue
		}
		seen[inner.Name] = line
		v.Add(inner.Name, inner)
	}
	r.token()
}

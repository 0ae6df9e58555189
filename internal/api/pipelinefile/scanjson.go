package pipelinefile

import (
	"bytes"
	"regexp"

	"github.com/stepherd/stepherd/internal/api/yamltree"
)

// jsonScan is what has to be known of JSON before it is decoded without a tree.
type jsonScan struct {
	marks
	// odd reports whether a tree must look at it: nested too deep, a number whose exponent is wild, a $ or { that is escaped.
	odd bool
}

// marks are what the Go types lose, or evaluate, in most places.
type marks struct {
	nulls       int // the values of keys that are null
	elements    int // other nulls
	expressions int
}

// scanJSON goes over JSON that need not be valid.
func scanJSON(data []byte) jsonScan {
	var s jsonScan
	depth, before := 0, byte(0) // before is the last byte that was no white space
	for i := 0; i < len(data); i++ {
		b := data[i]
		switch {
		case b == ' ' || b == '\t' || b == '\n' || b == '\r':
			continue
		case b == '{' || b == '[':
			depth++
		case b == '}' || b == ']':
			depth--
		case b == '"':
			end := stringEnd(data, i+1)
			s.odd = s.odd || wildNumber(data[i+1:end]) || bytes.Contains(data[i+1:end], []byte(`\u00`)) && hidden.Match(data[i+1:end])
			s.expressions += bytes.Count(data[i+1:end], []byte("${{"))
			i = end
		case b == 'n' && bytes.HasPrefix(data[i:], []byte("null")):
			if before == ':' {
				s.nulls++
			} else {
				s.elements++
			}
		case b == '-' || digit(b):
			begins := before == ':' || before == '[' || before == ','
			s.odd = s.odd || begins && wildNumber(data[i:])
		}
		s.odd = s.odd || depth > yamltree.MaxDepth
		before = b
	}
	return s
}

// hidden is a $ or a { of which a text is not searched.
var hidden = regexp.MustCompile(`\\u00(?:24|7[bB])`)

// stringEnd is the place of the quote that ends a string.
func stringEnd(data []byte, at int) int {
	for ; at < len(data) && data[at] != '"'; at++ {
		if data[at] == '\\' {
			at++
		}
	}
	return min(at, len(data))
}

// wildNumber reports whether text begins with a number whose exponent has three digits or more, see wildQuantity.
func wildNumber(text []byte) bool {
	i := 0
	if i < len(text) && (text[i] == '-' || text[i] == '+') {
		i++
	}
	start := i
	for i < len(text) && (digit(text[i]) || text[i] == '.') {
		i++
	}
	if i == start || i == len(text) || text[i]|0x20 != 'e' {
		return false
	}
	i++
	if i < len(text) && (text[i] == '-' || text[i] == '+') {
		i++
	}
	for start = i; i < len(text) && digit(text[i]); i++ {
	}
	return i-start >= 3
}

func digit(b byte) bool { return b >= '0' && b <= '9' }

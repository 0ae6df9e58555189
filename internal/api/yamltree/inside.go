package yamltree

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// AtOffset reports a problem with a part of a text: the one that begins at a byte of v.Text.
func (c *Collector) AtOffset(v *Value, offset int, format string, args ...any) {
	line, column := c.inside(v, offset)
	c.Add(Problem{Line: line, Column: column, Path: v.Path(), Message: fmt.Sprintf(format, args...)})
}

// inside is the place of a byte of v.Text in the file, or the place of v where that cannot be found. The text stands in the file
// with quotes, escapes and indentation, so the two are walked side by side from the last `${{` before the byte, which no style of
// YAML writes otherwise.
func (c *Collector) inside(v *Value, offset int) (line, column int) {
	l, col := v.Place()
	line, column = int(l), int(col)
	start := c.byteAt(line, column)
	if start < 0 || v.Kind != String || offset > len(v.Text) {
		return line, column
	}
	from, anchor := anchorOf(v.Text, offset)
	source := c.Text[start:]
	at := find(source, anchor, strings.Count(v.Text[:from], anchor))
	if at < 0 {
		return line, column
	}
	at += aside(source[at:], v.Text[from:], offset-from)
	line += bytes.Count(source[:at], []byte{'\n'})
	return line, 1 + utf8.RuneCount(c.Text[c.lines[line-1]:start+at])
}

// anchorOf is where the walk to a byte of a text begins, and what stands there: the last expression that begins before the byte,
// or the first word of the text.
func anchorOf(text string, offset int) (from int, anchor string) {
	const open = "${{"
	if from = strings.LastIndex(text[:min(offset+len(open), len(text))], open); from >= 0 {
		return from, open
	}
	word, _, _ := strings.Cut(strings.TrimLeft(text, " \n"), "\n")
	if len(word) > 8 {
		word = word[:8]
	}
	return max(strings.Index(text, word), 0), word
}

// find is the place of an anchor behind so many others; negative if it is not there.
func find(source []byte, anchor string, before int) int {
	at := 0
	for {
		next := bytes.Index(source[at:], []byte(anchor))
		if next < 0 || anchor == "" {
			return -1
		}
		if at += next; before == 0 {
			return at
		}
		before--
		at += len(anchor)
	}
}

// aside walks n bytes of a text in its source, over line breaks with their indentation, and stops early where the two differ.
func aside(source []byte, text string, n int) int {
	at := 0
	for i := 0; i < n && at < len(source); i++ {
		switch {
		case source[at] == text[i]:
			at++
			if text[i] == '\n' {
				at += indentation(source[at:])
			}
		case text[i] == ' ' && (source[at] == '\n' || source[at] == '\r'): // a folded line
			at += bytes.IndexByte(source[at:], '\n') + 1
			at += indentation(source[at:])
		default:
			return at
		}
	}
	return at
}

func indentation(source []byte) int { return len(source) - len(bytes.TrimLeft(source, " ")) }

// byteAt is the offset of a place in the file; negative if there is none.
func (c *Collector) byteAt(line, column int) int {
	if line < 1 || column < 1 || len(c.Text) == 0 {
		return -1
	}
	if c.lines == nil {
		c.lines = lineStarts(c.Text)
	}
	if line > len(c.lines) {
		return -1
	}
	at := c.lines[line-1]
	for ; column > 1 && at < len(c.Text); column-- {
		_, size := utf8.DecodeRune(c.Text[at:])
		at += size
	}
	return at
}

// lineStarts are the offsets at which lines begin.
func lineStarts(text []byte) []int {
	out := make([]int, 1, 1+bytes.Count(text, []byte{'\n'}))
	for i, b := range text {
		if b == '\n' {
			out = append(out, i+1)
		}
	}
	return out
}

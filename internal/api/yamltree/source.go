package yamltree

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// maxLines bounds the lines and list items of a YAML file. It is far above what MaxSteps steps take, and keeps the
// parser, which spends some 500 bytes on each, from taking all memory.
const maxLines = 1_000_000

var byteOrderMark = []byte("\xef\xbb\xbf")

// checkSize refuses what is too large before anything reads it.
func checkSize(data []byte) *Problem {
	if len(data) <= MaxFileBytes {
		return nil
	}
	return &Problem{Message: fmt.Sprintf("the file has %s, a pipeline file may have %d MiB: split it into several pipelines", mebibytes(len(data)), MaxFileBytes>>20)}
}

func mebibytes(n int) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }

// checkUTF8 finds the first byte that is not UTF-8.
func checkUTF8(data []byte) *Problem {
	if utf8.Valid(data) {
		return nil
	}
	at := 0
	for {
		r, size := utf8.DecodeRune(data[at:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		at += size
	}
	line, column := position(data, at)
	return &Problem{Line: line, Column: column, Message: fmt.Sprintf("the byte 0x%02x is not valid UTF-8: save the file as UTF-8", data[at])}
}

// checkCharacters finds the first character that YAML does not allow, with its place, which the parser does not give.
// See https://yaml.org/spec/1.2.2/#51-character-set.
func checkCharacters(data []byte) *Problem {
	at := bytes.IndexFunc(data, Unprintable)
	if at < 0 {
		return nil
	}
	r, _ := utf8.DecodeRune(data[at:])
	line, column := position(data, at)
	name := "the control character"
	switch r {
	case 0:
		name = "the NUL character"
	case 0xfeff:
		return &Problem{Line: line, Column: column, Message: "a byte order mark (U+FEFF) stands in the middle of the file, where it cannot be seen: remove it"}
	}
	return &Problem{Line: line, Column: column, Message: fmt.Sprintf(`%s U+%04X is not allowed in YAML: write it in double quotes as "\u%04x", or remove it`, name, r, r)}
}

// Unprintable reports whether YAML does not allow a character as it is.
func Unprintable(r rune) bool {
	switch {
	case r == '\t' || r == '\n' || r == '\r' || r == 0x85:
		return false
	case r < 0x20, r >= 0x7f && r <= 0x9f, r >= 0xd800 && r <= 0xdfff, r == 0xfeff, r == 0xfffe, r == 0xffff:
		return true
	}
	return false
}

// checkLines refuses what would make the parser take too much memory.
func checkLines(data []byte) *Problem {
	if bytes.Count(data, []byte{'\n'})+bytes.Count(data, []byte{','}) <= maxLines {
		return nil
	}
	return &Problem{Message: fmt.Sprintf("the file has more than %d lines and list items: split it into several pipelines", maxLines)}
}

// maxOpen bounds open brackets, also those in text: the parser's time grows with their square. It is far above maxDepth.
const maxOpen = 1000

// checkBrackets finds where too many brackets are open.
func checkBrackets(data []byte) *Problem {
	open := 0
	for i, b := range data {
		switch b {
		case '[', '{':
			if open++; open > maxOpen {
				line, column := position(data, i)
				return &Problem{Line: line, Column: column, Message: fmt.Sprintf("more than %d brackets are open here: close them", maxOpen)}
			}
		case ']', '}':
			open = max(open-1, 0)
		}
	}
	return nil
}

// Blank reports whether a file has nothing in it but comments.
func Blank(data []byte) bool {
	for line := range bytes.Lines(data) {
		line = bytes.TrimSpace(line)
		if len(line) > 0 && line[0] != '#' && string(line) != "---" {
			return false
		}
	}
	return true
}

// checkContent returns what belongs into a file with nothing in it.
func checkContent(data []byte) *Problem {
	if !Blank(data) {
		return nil
	}
	what := "the file is empty"
	if len(bytes.TrimSpace(data)) > 0 {
		what = "the file has nothing but comments"
	}
	return &Problem{Message: what + ": a pipeline begins with apiVersion: " + v1alpha1.APIVersion}
}

// position turns an offset into line and column, both from 1, the column in characters.
func position(data []byte, offset int) (line, column int) {
	before := data[:min(offset, len(data))]
	line = 1 + bytes.Count(before, []byte{'\n'})
	column = 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
	return line, column
}

// indentedByTab reports whether a line begins with a tab, the usual reason for what YAML says in riddles.
func indentedByTab(data []byte, line int) bool {
	lines := strings.SplitN(string(data), "\n", line+1)
	return line >= 1 && line <= len(lines) && strings.HasPrefix(strings.TrimLeft(lines[line-1], " "), "\t")
}

// MaxFileBytes is the largest pipeline file that Decode reads.
const MaxFileBytes = 16 << 20

// CheckBytes refuses what is no text, and takes a byte order mark away.
func CheckBytes(file string, data []byte) ([]byte, error) {
	for _, check := range []func([]byte) *Problem{checkSize, checkUTF8} {
		if p := check(data); p != nil {
			return nil, &Problems{File: file, List: []Problem{*p}}
		}
	}
	return bytes.TrimPrefix(data, byteOrderMark), nil
}

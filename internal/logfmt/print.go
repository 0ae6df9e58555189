package logfmt

import (
	"strconv"

	"github.com/stepherd/stepherd/internal/logs"
)

// continued marks the parts of a line that was split because it is longer than MaxLine.
const continued = " [line continues]"

// markBegin begins a line of our own; a bracket ends it.
const markBegin = "[stepherd: "

// Prefix is what stands in front of a step's lines in the driver's output: `<step> | `, and `<step>#2 | ` from the
// second attempt on.
func Prefix(step string, attempt int) string {
	if attempt > 1 {
		step += "#" + strconv.Itoa(attempt)
	}
	return step + " | "
}

// Append appends a line as it is printed: prefix, text, a mark when the line goes on in the next one, newline. Of progress
// updates the last one is printed.
func Append(dst []byte, prefix string, l logs.Line) []byte {
	dst = append(dst, prefix...)
	dst = append(dst, Collapse(l.Text)...)
	if l.Continues {
		dst = append(dst, continued...)
	}
	return append(dst, '\n')
}

// AppendMark appends a line of our own among a step's: prefix, the words in brackets, newline.
func AppendMark(dst []byte, prefix, words string) []byte {
	dst = append(dst, prefix...)
	dst = append(dst, markBegin...)
	dst = append(dst, words...)
	return append(dst, ']', '\n')
}

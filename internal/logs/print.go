package logs

import "strconv"

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
func Append(dst []byte, prefix string, l Line) []byte {
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

// markTime is how marks write times.
const markTime = "2006-01-02T15:04:05.000Z07:00"

// String is what a mark says of the gap.
func (g Gap) String() string {
	var why string
	switch g.Cause {
	case CauseRotated:
		why = "the node has rotated the log"
	case CauseNewFile:
		why = "the node has begun a new file of the log"
	case CausePodGone:
		why = "the pod is gone"
	case CauseUnreadable:
		why = "the log could not be read to its end"
	}
	from, to := g.From.UTC().Format(markTime), g.To.UTC().Format(markTime)
	switch {
	case g.From.IsZero() && g.To.IsZero():
		return "lines may be missing: " + why
	case g.From.IsZero():
		return "lines before " + to + " may be missing: " + why
	case g.To.IsZero():
		return "lines after " + from + " may be missing: " + why
	}
	return "lines between " + from + " and " + to + " may be missing: " + why
}

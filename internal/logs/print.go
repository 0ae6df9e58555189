package logs

import "strconv"

// continued marks the parts of a line that was split because it is longer than MaxLine.
const continued = " [line continues]"

// Prefix is what stands in front of a step's lines in the driver's output: `<step> | `, and `<step>#2 | ` from the
// second attempt on.
func Prefix(step string, attempt int) string {
	if attempt > 1 {
		step += "#" + strconv.Itoa(attempt)
	}
	return step + " | "
}

// Append appends a line as it is printed: prefix, text, a mark when the line goes on in the next one, newline.
func Append(dst []byte, prefix string, l Line) []byte {
	dst = append(dst, prefix...)
	dst = append(dst, l.Text...)
	if l.Continues {
		dst = append(dst, continued...)
	}
	return append(dst, '\n')
}

package report

import (
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMessage is how much of a message a line shows; JSON and YAML have all of it.
const maxMessage = 300

// Line makes one printable line of text that somebody else wrote: line breaks become spaces, and what a
// terminal would obey (control characters, escapes) is left out.
func Line(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	clean := strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
	if utf8.RuneCountInString(clean) <= maxMessage {
		return clean
	}
	return string([]rune(clean)[:maxMessage]) + "..."
}

// cell is one field of a table: its text and the colour that it is shown in.
type cell struct {
	text  string
	color color
}

// columns writes rows with their cells under each other, two spaces apart. A cell wider than its column's
// limit does not widen the column for the others; the last column has no width.
type columns struct {
	limits []int
	colour bool
}

func (c columns) write(w io.Writer, rows [][]cell) error {
	widths := c.widths(rows)
	var b strings.Builder
	for _, row := range rows {
		b.Reset()
		for i, f := range row {
			b.WriteString(f.color.paint(f.text, c.colour))
			if i < len(row)-1 {
				b.WriteString(strings.Repeat(" ", max(widths[i]-utf8.RuneCountInString(f.text), 0)+2))
			}
		}
		if _, err := io.WriteString(w, strings.TrimRight(b.String(), " ")+"\n"); err != nil {
			return err
		}
	}
	return nil
}

func (c columns) widths(rows [][]cell) []int {
	var widths []int
	for _, row := range rows {
		for i, f := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			n := utf8.RuneCountInString(f.text)
			if i < len(c.limits) && c.limits[i] > 0 {
				n = min(n, c.limits[i])
			}
			widths[i] = max(widths[i], n)
		}
	}
	return widths
}

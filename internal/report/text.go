package report

import (
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/stepherd/stepherd/internal/api/wording"
	"github.com/stepherd/stepherd/internal/phrase"
)

const (
	// maxMessage is how many bytes of what somebody else says a sentence holds.
	maxMessage = 300
	// maxWhy is how many bytes of a reason are shown; JSON and YAML have all of it.
	maxWhy = 1000
)

// Line makes one printable line of text that somebody else wrote: line breaks become spaces, and what a
// terminal would obey (control characters, escapes) is left out. Of a long text it keeps the beginning and the end.
func Line(s string) string { return wording.Elide(printable(s), maxMessage) }

func printable(s string) string {
	s = phrase.OneLine(s)
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
}

// cell is one field of a table: its text and the color that it is shown in.
type cell struct {
	text  string
	color color
}

// columns writes rows with their cells under each other, two spaces apart. A cell wider than its column's
// limit does not widen the column for the others; the last column has no width.
type columns struct {
	limits []int
	color  bool
}

func (c columns) write(w io.Writer, rows [][]cell) error {
	widths := c.widths(rows)
	var b strings.Builder
	for _, row := range rows {
		b.Reset()
		for i, f := range row {
			b.WriteString(f.color.paint(f.text, c.color))
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

package steplogs

import (
	"bytes"

	"github.com/stepherd/stepherd/internal/logfmt"
	"github.com/stepherd/stepherd/internal/logs"
)

// The most that is kept of the end of a log, to be shown when the step has failed.
const (
	tailLines = 20
	tailBytes = 2 << 10
)

// lastLines keeps the last lines of a log for the record, in a buffer that does not grow with the log. The record bounds all lines
// together, and of a line that is too long the end counts, where the error stands. Package logview also keeps last lines, for a
// screen: there each line has its own bound, and of a long one the beginning is kept.
type lastLines struct{ buf []byte }

// Line makes it a logs.Sink. The lines are kept as they are printed.
func (t *lastLines) Line(l logs.Line, _ logs.Position) error {
	t.add(logfmt.Collapse(l.Text), l.Continues)
	return nil
}

// Gap leaves no trace in the last lines.
func (t *lastLines) Gap(logs.Gap) error { return nil }

// lines is how many lines there are.
func (t *lastLines) lines() int { return bytes.Count(t.last(), []byte("\n")) }

// add takes a line, or a part of one that continues.
func (t *lastLines) add(text []byte, continues bool) {
	if len(text) > tailBytes {
		text = text[len(text)-tailBytes:]
	}
	if len(t.buf)+len(text)+1 > 2*tailBytes {
		t.buf = t.buf[:copy(t.buf, t.last())]
	}
	t.buf = append(t.buf, text...)
	if !continues {
		t.buf = append(t.buf, '\n')
	}
}

// last are the last lines, whole ones unless a single one is too long.
func (t *lastLines) last() []byte {
	b := t.buf
	if n := len(b) - tailBytes; n > 0 {
		cut := b[n:]
		if b[n-1] != '\n' {
			if i := bytes.IndexByte(cut, '\n'); i >= 0 && i+1 < len(cut) {
				cut = cut[i+1:]
			}
		}
		b = cut
	}
	end := bytes.TrimSuffix(b, []byte("\n"))
	from := len(end)
	for range tailLines {
		from = bytes.LastIndexByte(end[:from], '\n')
		if from < 0 {
			return b
		}
	}
	return b[from+1:]
}

// String is the last lines without the newline of the last one.
func (t *lastLines) String() string { return string(bytes.TrimSuffix(t.last(), []byte("\n"))) }

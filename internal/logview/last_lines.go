package logview

import "github.com/stepherd/stepherd/internal/logfmt"

const (
	// lastCount and lastBytes bound what is kept of a log for the end of a follow: its last lines, and of each the beginning.
	lastCount = 20
	lastBytes = 1 << 10
)

// lastLines are the last lines of a log for the end of a follow, in memory that does not grow with the log. Each line has a bound of
// its own, so that a long one takes no place from the others on the screen, and its beginning is kept. The driver keeps last lines
// for the record (package steplogs), which bounds all of them together and keeps the end of a long one.
type lastLines struct {
	ring  [lastCount][]byte
	count int // lines so far
}

// add takes a line or a part of one; first means that the line begins with it.
func (l *lastLines) add(text []byte, first bool) {
	if first {
		l.count++
	}
	slot := &l.ring[l.count%lastCount]
	if first {
		*slot = (*slot)[:0]
	}
	*slot = append(*slot, text[:min(len(text), lastBytes-len(*slot))]...)
}

// lines are the last lines, oldest first, as any terminal may be given them.
func (l *lastLines) lines() []string {
	n := min(l.count, lastCount)
	out := make([]string, n)
	for i := range n {
		out[i] = Quiet(l.ring[(l.count-n+1+i)%lastCount])
	}
	return out
}

// Quiet is a line without colors and without anything that could steer a terminal.
func Quiet(line []byte) string {
	return string(logfmt.AppendSafe(nil, logfmt.AppendPlain(nil, logfmt.Collapse(line))))
}

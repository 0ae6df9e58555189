package logs

import (
	"bufio"
	"bytes"
	"io"
	"time"
)

// Line is one line of a container's log without its newline. A long line comes in parts of at most MaxLine bytes;
// Continues is set if the next Line goes on with this one, Unended if this is the last Line of the log and no newline came
// behind it. Text is valid until the function that was given it returns.
type Line struct {
	// Time is the container runtime's time stamp of the line's beginning; that of the line before if the source gave
	// none, zero if it never did.
	Time      time.Time
	Text      []byte
	Continues bool
	Unended   bool
}

// MaxLine is the longest part of a line in bytes: with a prefix it stays under the 16 KiB at which the container runtime
// cuts lines of the driver's own output.
const MaxLine = 15 << 10

// Split is how many bytes of a line make one part, if it goes on behind text, of MaxLine bytes: all of them, or those up to
// the last \r, if that comes in their second half, so that progress updates of up to half of MaxLine stay whole.
func Split(text []byte) int {
	if n := bytes.LastIndexByte(text, '\r') + 1; n > MaxLine/2 {
		return n
	}
	return len(text)
}

const (
	// readBuffer is small because a driver may hold a thousand of them.
	readBuffer = 4 << 10
	// stampMax is the longest time stamp with its blank, in bytes: RFC 3339 with nanoseconds and a zone.
	stampMax = len("2006-01-02T15:04:05.000000000+00:00 ")
)

// part is a piece of a line as a stream gives it.
type part struct {
	Line
	// first reports whether the line begins here.
	first bool
	// stamped reports whether the line began with a time stamp. Kubelets stamp every line but the rest of one whose beginning
	// lies before `since`, and errors of their own, which they append to the log.
	stamped bool
	// cut reports whether the stream ended within the line.
	cut bool
}

// parts reads a stream of stamped lines. The kubelet joins the pieces into which a runtime cuts lines above 16 KiB and
// stamps only the first (k8s.io/cri-client/pkg/logs/logs.go, parseCRILog and logWriter.write, v0.35), so that a line
// here is a line of the container's, except where its other stream broke in.
type parts struct {
	r    *bufio.Reader
	buf  []byte // the part at hand
	rest int    // bytes at its end that belong to the next one
	// within reports whether the line at hand began in an earlier part; time and stamped are that line's.
	within  bool
	time    time.Time
	stamped bool
}

func newParts(r io.Reader) *parts { return &parts{r: bufio.NewReaderSize(r, readBuffer)} }

// next gives the next part. Together with an error comes a part when its cut is set.
func (p *parts) next() (part, error) {
	p.buf, p.rest = p.buf[:copy(p.buf, p.buf[len(p.buf)-p.rest:])], 0
	first, headDone := !p.within, p.within
	for {
		chunk, err := p.peek()
		if err != nil {
			if !headDone {
				p.cutStamp()
			}
			cut := !first || len(p.buf) > 0 || p.stamped
			return p.part(first, false, cut), err
		}
		room := MaxLine - len(p.buf)
		if !headDone {
			room = stampMax - len(p.buf)
		}
		n := bytes.IndexByte(chunk, '\n')
		whole := n >= 0 && n <= room
		if !whole {
			n = min(len(chunk), room)
		}
		p.take(chunk[:n], whole)
		if !headDone && (whole || n == room) {
			p.cutStamp()
			headDone = true
		}
		switch {
		case whole:
			return p.part(first, false, false), nil
		case room == 0: // and the next byte is not the newline
			n := Split(p.buf)
			p.rest = len(p.buf) - n
			part := p.part(first, true, false)
			part.Text = part.Text[:n]
			return part, nil
		}
	}
}

// peek gives what is there to read, at least one byte.
func (p *parts) peek() ([]byte, error) {
	if _, err := p.r.Peek(1); err != nil {
		return nil, err
	}
	return p.r.Peek(p.r.Buffered())
}

// take moves bytes from the stream to the part at hand, and drops the newline behind them.
func (p *parts) take(b []byte, newline bool) {
	p.buf = append(p.buf, b...)
	n := len(b)
	if newline {
		n++
	}
	_, _ = p.r.Discard(n) // cannot fail: the bytes were peeked
}

// cutStamp takes the time stamp off the beginning of the part at hand, which holds all of it.
func (p *parts) cutStamp() {
	p.stamped = false
	head, _, found := bytes.Cut(p.buf, []byte(" "))
	if !found {
		return
	}
	at, err := time.Parse(time.RFC3339Nano, string(head))
	if err != nil {
		return
	}
	p.time, p.stamped = at, true
	p.buf = p.buf[:copy(p.buf, p.buf[len(head)+1:])]
}

// part hands out the part at hand.
func (p *parts) part(first, continues, cut bool) part {
	p.within = continues
	return part{Line: Line{Time: p.time, Text: p.buf, Continues: continues}, first: first, stamped: p.stamped, cut: cut}
}

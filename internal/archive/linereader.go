package archive

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/stepherd/stepherd/internal/logs"
)

// lineReader cuts a stored log into lines and delivers those with a time from since on; nothing of one that began
// before what it reads. It is none of package logs' followers, who know what a kubelet may do to a log.
type lineReader struct {
	in    *bufio.Reader
	since time.Time
	// within is set if the next byte is not the first of a line, wanted if that line is wanted.
	within, wanted bool
	at             time.Time
}

// stampRoom is a stamp with its blank.
const stampRoom = len(stampLayout) + 1

func newLineReader(in io.Reader, since time.Time, within bool) *lineReader {
	return &lineReader{in: bufio.NewReaderSize(in, 2*logs.MaxLine), since: since, within: within}
}

// damagedError is a log that is not as it was written.
type damagedError struct{ error }

func (e *damagedError) Unwrap() error { return e.error }

// replay hands all lines on. The last one has no end where the log ends within it.
func (s *lineReader) replay(ctx context.Context, sink logs.Sink) error {
	for ctx.Err() == nil {
		if !s.within {
			if err := s.begin(); err != nil {
				return unlessEOF(err)
			}
		}
		chunk, err := s.in.Peek(logs.MaxLine + 1)
		n := bytes.IndexByte(chunk, '\n')
		text, whole := chunk[:min(len(chunk), logs.MaxLine)], n >= 0
		switch {
		case whole:
			text = chunk[:n]
		case len(chunk) > logs.MaxLine:
			text = text[:logs.Split(text)]
		}
		if s.wanted && (whole || len(text) > 0) {
			if err := sink.Line(logs.Line{Time: s.at, Text: text, Continues: !whole}, logs.Position{}); err != nil {
				return err
			}
		}
		if !whole && len(chunk) <= logs.MaxLine {
			return unlessEOF(s.end(err))
		}
		s.within = !whole
		s.skip(len(text), whole)
	}
	return context.Cause(ctx)
}

// begin takes the time at a line's beginning.
func (s *lineReader) begin() error {
	stamp, err := s.in.Peek(stampRoom)
	if len(stamp) == 0 {
		return s.end(err)
	}
	if err == nil {
		s.at, err = time.Parse(stampLayout+" ", string(stamp))
	}
	if err != nil {
		return &damagedError{fmt.Errorf("a line begins with %.60q", stamp)}
	}
	s.wanted = !s.at.Before(s.since)
	s.skip(stampRoom, false)
	return nil
}

// end is what the end of the bytes means: nothing, or that the log is damaged.
func (s *lineReader) end(err error) error {
	if errors.Is(err, io.EOF) {
		return io.EOF
	}
	return &damagedError{err}
}

// skip leaves bytes behind, and the newline after them.
func (s *lineReader) skip(n int, newline bool) {
	if newline {
		n++
	}
	_, _ = s.in.Discard(n) // cannot fail: the bytes were peeked
}

package archive

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/stepherd/stepherd/internal/errs"
	"github.com/stepherd/stepherd/internal/logs"
)

// format is the first word of every index.
const format = "stepherd log archive 1"

// head is the first line of an index.
type head struct {
	Format string `json:"format"`
	Name
}

// Entry is any other line of an index: a member of the log's file, a gap behind what was before, or the end.
type Entry struct {
	// At and Len are the member's place in the file.
	At  int64 `json:"at,omitempty"`
	Len int64 `json:"len,omitempty"`
	// From and To are the earliest and the latest time of a line that begins in the member.
	From  time.Time `json:"from,omitzero"`
	To    time.Time `json:"to,omitzero"`
	Lines int       `json:"lines,omitempty"`
	// Within reports whether the member begins within a line; Open is the time of the line that it ends within.
	Within bool       `json:"within,omitempty"`
	Open   *time.Time `json:"open,omitempty"`
	// Pos is the position behind all that; only who writes the log needs it.
	Pos *logs.Position `json:"pos,omitempty"`

	Gap *gap `json:"gap,omitempty"`
	// Whole reports whether the log is at its end and was had to the end.
	Whole bool `json:"whole,omitempty"`
}

type gap struct {
	From  time.Time  `json:"from,omitzero"`
	To    time.Time  `json:"to,omitzero"`
	Cause logs.Cause `json:"cause"`
}

func (g *gap) same(as gap) bool {
	return g.From.Equal(as.From) && g.To.Equal(as.To) && g.Cause == as.Cause
}

// EndsBefore reports whether there is nothing in it from since on.
func (e *Entry) EndsBefore(since time.Time) bool {
	switch {
	case e.Len > 0:
		return e.To.Before(since)
	case e.Gap != nil:
		return !e.Gap.To.IsZero() && e.Gap.To.Before(since)
	}
	return false
}

// Encode returns the entry as a line of the index.
func (e *Entry) Encode() []byte {
	line, _ := json.Marshal(e) // nothing in it can fail
	return append(line, '\n')
}

// Head returns the first line of an index.
func (n Name) Head() []byte {
	line, _ := json.Marshal(head{Format: format, Name: n}) // nothing in it can fail
	return append(line, '\n')
}

// index reads the lines of an index.
type index struct {
	name Name
	// data is how large the log's file is; what an entry says to be behind it is not there.
	data int64
	// kept and good are how much of both files holds together so far.
	kept, good int64
}

// read calls each with all whole entries, in order, until it errs. What is behind the last of them is torn: a crash may
// leave that. Anything else that does not fit is an error.
func (x *index) read(r io.Reader, each func(Entry) error) error {
	in := bufio.NewReaderSize(r, 64<<10)
	torn := false
	for {
		line, err := in.ReadBytes('\n')
		whole := err == nil
		if x.good == 0 {
			if headErr := x.head(line, whole); headErr != nil || !whole {
				return errs.Join(headErr, unlessEOF(err))
			}
			x.good = int64(len(line))
			continue
		}
		e, fits := x.entry(line)
		switch {
		case whole && fits && torn:
			return fmt.Errorf("its index is damaged behind byte %d", x.good)
		case whole && fits:
			x.kept, x.good = x.kept+e.Len, x.good+int64(len(line))
			if err := each(e); err != nil {
				return err
			}
		default:
			torn = true
		}
		if err != nil {
			return unlessEOF(err)
		}
	}
}

func unlessEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

var errForeign = errors.New("its index is not one of stepherd's, or of a later version")

// head takes the first line; one that is not whole is torn if it is the beginning of ours.
func (x *index) head(line []byte, whole bool) error {
	if !whole {
		if began := bytes.TrimRight(line, "\x00"); !bytes.HasPrefix(x.name.Head(), began) {
			return errForeign
		}
		return nil
	}
	var h head
	if err := json.Unmarshal(line, &h); err != nil || h.Format != format {
		return errForeign
	}
	if h.Name != x.name {
		return fmt.Errorf("its index is that of %s", h.Name)
	}
	return nil
}

// entry reads an entry that goes on where the last one ended, and whose member is there.
func (x *index) entry(line []byte) (Entry, bool) {
	var e Entry
	in := json.NewDecoder(bytes.NewReader(line))
	in.DisallowUnknownFields()
	if in.Decode(&e) != nil {
		return Entry{}, false
	}
	switch {
	case e.Len > 0:
		return e, e.At == x.kept && e.At+e.Len <= x.data
	case e.Gap != nil, e.Whole:
		return e, true
	}
	return Entry{}, false
}

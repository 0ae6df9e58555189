package transfer

import (
	"bufio"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"io/fs"
	"slices"
	"time"

	"github.com/stepherd/stepherd/internal/archive"
	"github.com/stepherd/stepherd/internal/errs"
)

// Logs travel as lines of text, because a container's log is the one way out of a Pod for a user who may only read. Lines
// are short enough for no runtime to cut them, and numbered where that is not said by what was announced; a checksum of all
// of them is the last. So whatever a node or a broken stream leaves out shows.

const (
	// chunk is how many bytes a line carries; in base64 it stays under 15 KiB.
	chunk = 11 << 10
	// SendSize is after how many bytes Send stops at the next member: with what the runtime adds to each line, they stay
	// under the 10 MiB at which a kubelet rotates logs by default.
	SendSize = 7 << 20
	// namesInWord are at most 200 bytes each.
	namesInWord = 50
)

// frame is a line that is no data.
type frame struct {
	// N counts words from 1.
	N int `json:"n"`
	// Names are those of the logs to come, or some of them, where the request did not name them.
	Names []archive.Name `json:"names,omitempty"`
	// Log begins a log. Missing is set if there is none, Refused is why it cannot be had.
	Log     *archive.Name `json:"log,omitempty"`
	Missing bool          `json:"missing,omitempty"`
	Refused string        `json:"refused,omitempty"`
	// Entry is a line of the log's index, the Line-th from 1, followed by its member. Sum is the member's CRC-32.
	Entry *archive.Entry `json:"entry,omitempty"`
	Line  int            `json:"line,omitempty"`
	Sum   uint32         `json:"sum,omitempty"`
	// End ends the answer. Failed is why it ends early.
	End    *trailer `json:"end,omitempty"`
	Failed string   `json:"failed,omitempty"`
}

// trailer holds what came before it.
type trailer struct {
	// Lines and Sum (SHA-256) are of all lines before.
	Lines int    `json:"lines"`
	Sum   string `json:"sum"`
	// More reports whether there is more than fits into one answer.
	More bool `json:"more,omitempty"`
}

type sender struct {
	out   *bufio.Writer
	sum   hash.Hash
	lines int
	words int
	sent  int64
	most  int64
	// entries are how many lines of indexes were sent.
	entries int
}

// Send writes what is asked for, until about most bytes are out; it always writes a member at least. An error is told to
// the receiver, too, where that is possible.
func Send(w io.Writer, s archive.Storage, r Request, most int64) error {
	out := &sender{out: bufio.NewWriterSize(w, 64<<10), sum: sha256.New(), most: most}
	more, err := out.logs(s, r)
	last := frame{End: &trailer{Lines: out.lines, Sum: hex.EncodeToString(out.sum.Sum(nil)), More: more}}
	if err != nil {
		last.Failed = err.Error()
	}
	out.frame(last)
	return errs.Join(err, out.out.Flush())
}

func (o *sender) line(text []byte) {
	o.lines++
	text = append(text, '\n')
	o.sent += int64(len(text))
	_, _ = o.sum.Write(text) // cannot fail
	_, _ = o.out.Write(text) // Flush returns the error
}

// enough reports whether the rest is for another answer.
func (o *sender) enough() bool { return o.entries > 0 && o.sent >= o.most }

func (o *sender) frame(w frame) {
	o.words++
	w.N = o.words
	text, _ := json.Marshal(w) // nothing in it can fail
	o.line(text)
}

func (o *sender) logs(s archive.Storage, r Request) (more bool, err error) {
	names, named, err := r.expand(s)
	if err != nil {
		return false, err
	}
	if !named {
		for some := range slices.Chunk(names, namesInWord) {
			o.frame(frame{Names: some})
		}
	}
	for i, name := range names {
		if o.enough() {
			return true, nil
		}
		skip := 0
		if i == 0 {
			skip = r.Skip
		}
		if more, err := o.log(s, r, name, skip); more || err != nil {
			return more, err
		}
	}
	return false, nil
}

// log writes what is wanted of a log; skip is how many lines of its index are not. The index is read as it goes, for that of
// a long log would not fit into a small Pod's memory.
func (o *sender) log(s archive.Storage, r Request, name archive.Name, skip int) (more bool, err error) {
	var from first
	from.since, from.tail = r.Since, r.Tail
	if _, err := archive.ReadIndex(s, r.Folder, name, from.take); err != nil {
		o.refuse(name, err)
		return false, nil
	}
	o.frame(frame{Log: &name})
	skip = max(skip, from.skip())
	data, err := s.Read(archive.FilePath(r.Folder, name, archive.LogSuffix))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	if data != nil {
		defer func() { _ = data.Close() }() // it was only read
	}
	line := 0
	_, err = archive.ReadIndex(s, r.Folder, name, func(e archive.Entry) error {
		if line++; line <= skip {
			return nil
		}
		if o.enough() {
			return errEnough
		}
		return o.entry(data, &e, line)
	})
	switch {
	case errors.Is(err, errEnough):
		return true, nil
	case err != nil:
		return false, fmt.Errorf("read the archived log of %s: %w", name, err)
	}
	return false, nil
}

// errEnough ends the reading of an index.
var errEnough = errors.New("enough for one answer")

func (o *sender) refuse(name archive.Name, err error) {
	if errors.Is(err, fs.ErrNotExist) {
		o.frame(frame{Log: &name, Missing: true})
		return
	}
	o.frame(frame{Log: &name, Refused: fmt.Sprintf("read the archived log of %s: %v", name, err)})
}

// first finds the first line of an index that may be wanted.
type first struct {
	since time.Time
	tail  int // lines of the log that are wanted at the most; 0 is all

	before int // lines of the index that have nothing from since on, at its beginning
	begun  bool
	lines  []int // of the log, by lines of the index
}

func (f *first) take(e archive.Entry) error {
	f.begun = f.begun || !e.EndsBefore(f.since)
	if !f.begun {
		f.before++
	}
	if f.tail > 0 {
		f.lines = append(f.lines, e.Lines)
	}
	return nil
}

// skip is how many lines of the index may be left out. A line that was begun in one that is left out does not count.
func (f *first) skip() int {
	if f.tail == 0 {
		return f.before
	}
	n, found := len(f.lines), 0
	for n > 0 && found < f.tail {
		n--
		found += f.lines[n]
	}
	return max(n, f.before)
}

func (o *sender) entry(data archive.Content, e *archive.Entry, line int) error {
	member := make([]byte, e.Len)
	if e.Len > 0 {
		if _, err := data.ReadAt(member, e.At); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
	}
	e.Pos = nil
	o.entries++
	o.frame(frame{Entry: e, Line: line, Sum: crc32.ChecksumIEEE(member)})
	text := make([]byte, 0, base64.StdEncoding.EncodedLen(chunk)+1)
	for len(member) > 0 {
		n := min(len(member), chunk)
		o.line(base64.StdEncoding.AppendEncode(text[:0], member[:n]))
		member = member[n:]
	}
	return nil
}

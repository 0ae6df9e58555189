package archive

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
)

// Logs travel as lines of text, because a container's log is the one way out of a Pod for a user who may only read. Lines
// are short enough for no runtime to cut them, and numbered where that is not said by what was announced; a checksum of all
// of them is the last. So whatever a node or a broken stream leaves out shows.

const (
	// chunk is how many bytes a line carries; in base64 it stays under 15 KiB.
	chunk = 11 << 10
	// SendSize is after how many bytes Send stops at the next member: what it writes stays under the 10 MiB at which a
	// kubelet rotates logs by default.
	SendSize = 6 << 20
	// namesInWord are at most 200 bytes each.
	namesInWord = 50
)

// word is a line that is no data.
type word struct {
	// N counts words from 1.
	N int `json:"n"`
	// Names are those of the logs to come, or some of them, where the request did not name them.
	Names []Name `json:"names,omitempty"`
	// Log begins a log. Missing says that there is none, Refused why there is nothing to be had of it.
	Log     *Name  `json:"log,omitempty"`
	Missing bool   `json:"missing,omitempty"`
	Refused string `json:"refused,omitempty"`
	// Entry is a line of the log's index, the Line-th from 1, followed by its member, of which Sum is the CRC-32.
	Entry *entry `json:"entry,omitempty"`
	Line  int    `json:"line,omitempty"`
	Sum   uint32 `json:"sum,omitempty"`
	// End is the last word. Failed says why it is.
	End    *trailer `json:"end,omitempty"`
	Failed string   `json:"failed,omitempty"`
}

// trailer holds what came before it.
type trailer struct {
	// Lines and Sum (SHA-256) are of all lines before.
	Lines int    `json:"lines"`
	Sum   string `json:"sum"`
	// More says that there is more than fits into one answer.
	More bool `json:"more,omitempty"`
}

type sender struct {
	out   *bufio.Writer
	sum   hash.Hash
	lines int
	words int
	sent  int64
	most  int64
}

// Send writes what is asked for, until about most bytes are out; it always writes a member at least. An error is told to
// the receiver, too, where that is possible.
func Send(w io.Writer, s Storage, r Request, most int64) error {
	out := &sender{out: bufio.NewWriterSize(w, 64<<10), sum: sha256.New(), most: most}
	more, err := out.logs(s, r)
	last := word{End: &trailer{Lines: out.lines, Sum: hex.EncodeToString(out.sum.Sum(nil)), More: more}}
	if err != nil {
		last.Failed = err.Error()
	}
	out.word(last)
	return errors.Join(err, out.out.Flush())
}

func (o *sender) line(text []byte) {
	o.lines++
	text = append(text, '\n')
	_, _ = o.sum.Write(text) // cannot fail
	_, _ = o.out.Write(text) // Flush says so
}

func (o *sender) word(w word) {
	o.words++
	w.N = o.words
	text, _ := json.Marshal(w) // nothing in it can fail
	o.line(text)
}

func (o *sender) logs(s Storage, r Request) (more bool, err error) {
	names, named, err := r.expand(s)
	if err != nil {
		return false, err
	}
	if !named {
		for some := range slices.Chunk(names, namesInWord) {
			o.word(word{Names: some})
		}
	}
	for i, name := range names {
		if o.sent >= o.most {
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

func (o *sender) log(s Storage, r Request, name Name, skip int) (more bool, err error) {
	stored, err := Load(s, r.Folder, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		o.word(word{Log: &name, Missing: true})
		return false, nil
	case err != nil:
		o.word(word{Log: &name, Refused: err.Error()})
		return false, nil
	}
	o.word(word{Log: &name})
	skip = max(skip, stored.before(r.Since))
	if len(stored.entries) <= skip {
		return false, nil
	}
	data, err := s.Read(place(r.Folder, name, logSuffix))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	if data != nil {
		defer func() { _ = data.Close() }() // it was only read
	}
	for i := skip; i < len(stored.entries); i++ {
		if o.sent >= o.most {
			return true, nil
		}
		if err := o.entry(data, &stored.entries[i], i+1); err != nil {
			return false, fmt.Errorf("read the archived log of %s: %w", name, err)
		}
	}
	return false, nil
}

func (o *sender) entry(data Content, e *entry, line int) error {
	member := make([]byte, e.Len)
	if e.Len > 0 {
		if _, err := data.ReadAt(member, e.At); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
	}
	o.word(word{Entry: e, Line: line, Sum: crc32.ChecksumIEEE(member)})
	o.sent += e.Len
	text := make([]byte, 0, base64.StdEncoding.EncodedLen(chunk)+1)
	for len(member) > 0 {
		n := min(len(member), chunk)
		o.line(base64.StdEncoding.AppendEncode(text[:0], member[:n]))
		member = member[n:]
	}
	return nil
}

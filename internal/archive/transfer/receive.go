package transfer

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"slices"

	"github.com/stepherd/stepherd/internal/archive"
	"github.com/stepherd/stepherd/internal/errs"
)

// Receiver takes what Send writes into a storage of its own, in which Load finds it. What has come is kept however an
// answer ends, and Rest asks for the rest.
type Receiver struct {
	storage archive.Storage
	request Request
	// done are the logs that have come to their end, or that have nothing to come; refused are those with a reason.
	done    []archive.Name
	refused map[archive.Name]string
	now     *receiving
	bytes   int64
	answer  *answer
}

// receiving is the log that is coming.
type receiving struct {
	name        archive.Name
	data, index archive.File
	lines       int // of its index that have come
	kept        int64
}

// answer is one output of Send.
type answer struct {
	words, lines int
	sum          hash.Hash
	// entry has come, and of its member so far.
	entry  *frame
	member bytes.Buffer
	names  []archive.Name // those to come, as far as they were told
	ended  *trailer
	foul   error
}

// NewReceiver is for a request, whose answers may be several.
func NewReceiver(s archive.Storage, r Request) *Receiver {
	return &Receiver{storage: s, request: r, refused: map[archive.Name]string{}}
}

// Begin starts a new answer, to the request that Rest returned.
func (r *Receiver) Begin() {
	r.answer = &answer{sum: sha256.New()}
}

// Line takes the next line of an answer without its newline. After an error nothing more of the answer is taken.
func (r *Receiver) Line(text []byte) error {
	a := r.answer
	if a.foul == nil {
		a.foul = r.take(text)
	}
	return a.foul
}

// End takes the end of an answer. It errs when the answer was not whole.
func (r *Receiver) End() error {
	a := r.answer
	switch {
	case a.foul != nil:
		return a.foul
	case a.ended == nil:
		return errors.New("the answer has no end")
	case !a.ended.More:
		return r.finish()
	}
	return nil
}

// Rest is what is still to be asked for; nothing when more is false.
func (r *Receiver) Rest() (rest Request, more bool) {
	if a := r.answer; a != nil && a.foul == nil && a.ended != nil && !a.ended.More {
		return Request{}, false
	}
	rest = r.request
	rest.Logs = slices.DeleteFunc(slices.Clone(rest.Logs), func(n archive.Name) bool { return slices.Contains(r.done, n) })
	if r.now != nil {
		rest.Skip = r.now.lines // it is the first of those that are not done
	}
	return rest, len(rest.Logs) > 0
}

// Got counts what has come: an answer that leaves it as it was has brought nothing.
func (r *Receiver) Got() int {
	n := len(r.done)
	if r.now != nil {
		n += r.now.lines
	}
	return n
}

// Bytes is how much of logs has come.
func (r *Receiver) Bytes() int64 { return r.bytes }

// Came are the logs that have come to their end, in the order in which they came.
func (r *Receiver) Came() []archive.Name { return r.done }

// Refused returns the logs that cannot be had at all, with the reason.
func (r *Receiver) Refused() map[archive.Name]string { return r.refused }

func (r *Receiver) take(text []byte) error {
	a := r.answer
	if a.ended != nil {
		return fmt.Errorf("something follows the end: %.100q", text)
	}
	sum := a.sum.Sum(nil)
	_, _ = a.sum.Write(append(text[:len(text):len(text)], '\n')) // cannot fail
	a.lines++
	if len(text) > 0 && text[0] != '{' {
		return r.chunk(text)
	}
	var w frame
	if err := json.Unmarshal(text, &w); err != nil || w.N == 0 {
		return fmt.Errorf("this is not the archive's: %.300q", text)
	}
	a.words++
	switch {
	case w.N != a.words || a.entry != nil:
		return fmt.Errorf("something is missing before line %d", a.lines)
	case w.Failed != "":
		return errors.New(w.Failed)
	case w.End != nil:
		if w.End.Lines != a.lines-1 || w.End.Sum != hex.EncodeToString(sum) {
			return errors.New("its lines are not those that were written")
		}
		a.ended = w.End
		return r.named()
	case w.Names != nil:
		a.names = append(a.names, w.Names...)
		return nil
	case w.Log != nil:
		return errs.Join(r.named(), r.begin(&w))
	case w.Entry != nil:
		a.entry = &w
		return r.ifWhole()
	}
	return fmt.Errorf("this is of a later version: %.300q", text)
}

// named takes the names of the logs to come for those that were asked for, once all are told.
func (r *Receiver) named() error {
	if names := r.answer.names; names != nil {
		r.request.Logs, r.answer.names = names, nil
	}
	return nil
}

func (r *Receiver) chunk(text []byte) error {
	a := r.answer
	if a.entry == nil {
		return fmt.Errorf("this is not the archive's: %.300q", text)
	}
	part, err := base64.StdEncoding.DecodeString(string(text))
	if err != nil {
		return fmt.Errorf("this is not the archive's: %.300q", text)
	}
	_, _ = a.member.Write(part) // a buffer takes all
	return r.ifWhole()
}

// ifWhole keeps an entry with its member, once all of it is there.
func (r *Receiver) ifWhole() error {
	a, now := r.answer, r.now
	e := a.entry.Entry
	switch got := int64(a.member.Len()); {
	case got < e.Len:
		return nil
	case got > e.Len, crc32.ChecksumIEEE(a.member.Bytes()) != a.entry.Sum, now == nil:
		return fmt.Errorf("the member before line %d is not the one that was written", a.lines)
	}
	kept := *e
	if e.Len > 0 {
		kept.At = now.kept
		if err := now.data.Append(a.member.Bytes()); err != nil {
			return err
		}
		now.kept += e.Len
		r.bytes += e.Len
	}
	if err := now.index.Append(kept.Encode()); err != nil {
		return err
	}
	now.lines = a.entry.Line
	a.entry = nil
	a.member.Reset()
	return nil
}

// begin notes that a log begins, or goes on.
func (r *Receiver) begin(w *frame) error {
	name := *w.Log
	if r.now != nil && r.now.name == name {
		return nil
	}
	if err := r.finish(); err != nil {
		return err
	}
	if w.Missing || w.Refused != "" {
		r.done = append(r.done, name)
		if w.Refused != "" {
			r.refused[name] = w.Refused
		}
		return nil
	}
	now := &receiving{name: name}
	var err error
	if now.index, err = r.storage.Append(archive.FilePath(r.request.Folder, name, archive.IndexSuffix), 0); err != nil {
		return err
	}
	if err := now.index.Append(name.Head()); err != nil {
		return err
	}
	now.data, err = r.storage.Append(archive.FilePath(r.request.Folder, name, archive.LogSuffix), 0)
	r.now = now
	return err
}

// finish ends the log that was coming.
func (r *Receiver) finish() error {
	now := r.now
	if now == nil {
		return nil
	}
	r.now = nil
	r.done = append(r.done, now.name)
	return errs.Join(now.data.Close(), now.index.Close())
}

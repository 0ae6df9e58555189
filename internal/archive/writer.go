package archive

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"path"
	"sync/atomic"
	"time"
)

const (
	// memberSize is from how many bytes on a member is cut, and memberAge from what age of its first line.
	memberSize = 256 << 10
	memberAge  = time.Second
	// heldSize is how much all logs may hold together before members are cut early, from smallMember bytes on.
	heldSize    = 6 << 20
	smallMember = 8 << 10
	// desks is how many members are compressed and written at a time.
	desks = 4
	// patience is how long the storage may take for a member, noPatience how long once it did not answer.
	patience   = 30 * time.Second
	noPatience = time.Second
)

// Writer writes the logs of one run. It is used by many goroutines.
type Writer struct {
	storage Storage
	folder  string
	held    atomic.Int64
	desks   chan *compressor
	// silent is set if the storage did not answer, and has not answered since.
	silent atomic.Bool
}

// compressor is what is needed to make a member.
type compressor struct {
	out  bytes.Buffer
	pack *gzip.Writer
	// spare is room that a log which fills one member after the other is given for the next one.
	spare []byte
}

// NewWriter writes into a run's folder.
func NewWriter(storage Storage, folder string) *Writer {
	w := &Writer{storage: storage, folder: folder, desks: make(chan *compressor, desks)}
	for range desks {
		w.desks <- &compressor{}
	}
	return w
}

// Open opens the log of a container of an attempt to be written on, from its Position; nothing is made before there is
// something to write. It must be closed.
func (w *Writer) Open(step string, attempt int, container string) (*Log, error) {
	name := Name{Step: step, Attempt: attempt, Container: container}
	type opened struct {
		is  existing
		err error
	}
	answer := make(chan opened, 1)
	go func() { // the storage may not answer; then this goroutine is not waited for
		is, err := readExisting(w.storage, w.folder, name)
		answer <- opened{is, err}
	}()
	limit := time.NewTimer(w.patience())
	defer limit.Stop()
	select {
	case a := <-answer:
		if a.err != nil {
			return nil, fmt.Errorf("open the archived log of %s: %w", name, a.err)
		}
		return newLog(w, name, a.is), nil
	case <-limit.C:
		w.silent.Store(true)
		return nil, fmt.Errorf("open the archived log of %s: %w", name, errSilent)
	}
}

// patience is how long to wait for the storage.
func (w *Writer) patience() time.Duration {
	if w.silent.Load() {
		return noPatience
	}
	return patience
}

// full reports whether a log that holds so much should be written.
func (w *Writer) full(size int) bool {
	return size >= memberSize || size >= smallMember && w.held.Load() >= heldSize
}

// member is text as a gzip member, valid until the desk is used again. The fastest level halves the time that a loud step
// costs the driver, for files a fifth larger.
func (d *compressor) member(text []byte) []byte {
	d.out.Reset()
	if d.pack == nil {
		d.pack, _ = gzip.NewWriterLevel(&d.out, gzip.BestSpeed) // the level is a valid one
	}
	d.pack.Reset(&d.out)
	_, _ = d.pack.Write(text) // a buffer takes all
	_ = d.pack.Close()
	return d.out.Bytes()
}

// FilePath returns the path of a log's file below a run's folder.
func FilePath(folder string, name Name, suffix string) string {
	return path.Join(folder, name.base()+suffix)
}

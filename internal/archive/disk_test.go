package archive

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// disk is a Storage in memory that can crash in the middle of a write, fill up and fall silent.
type disk struct {
	mu    sync.Mutex
	files map[string][]byte
	// writes is how many more Appends are taken, negative is any number; the next one leaves `torn` of 256 parts of it.
	writes int
	torn   int
	err    error
	// unclosed is why files cannot be closed.
	unclosed error
	silent   chan struct{} // not nil: every call waits for it to be closed
}

var errCrash = errors.New("crash")

func newDisk() *disk { return &disk{files: map[string][]byte{}, writes: -1, err: errCrash} }

// after is the disk as a process finds it that starts after a crash.
func (d *disk) after() *disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	next := newDisk()
	for name, b := range d.files {
		next.files[name] = bytes.Clone(b)
	}
	d.writes = 0
	return next
}

func (d *disk) wait() {
	if d.silent != nil {
		<-d.silent
	}
}

type diskFile struct {
	d    *disk
	name string
}

func (d *disk) Append(name string, size int64) (File, error) {
	d.wait()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.writes == 0 {
		return nil, d.err
	}
	if int64(len(d.files[name])) < size {
		return nil, fmt.Errorf("%s has %d bytes and had %d before", name, len(d.files[name]), size)
	}
	d.files[name] = d.files[name][:size:size]
	return &diskFile{d, name}, nil
}

func (f *diskFile) Append(b []byte) error {
	f.d.wait()
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	switch {
	case f.d.writes == 0:
		return f.d.err
	case f.d.writes == 1:
		b = b[:len(b)*f.d.torn/256]
	}
	f.d.files[f.name] = append(f.d.files[f.name], b...)
	if f.d.writes > 0 {
		f.d.writes--
		if f.d.writes == 0 {
			return f.d.err
		}
	}
	return nil
}

func (f *diskFile) Close() error {
	if f.d.unclosed != nil {
		return fmt.Errorf("close %s: %w", path.Base(f.name), f.d.unclosed)
	}
	return nil
}

type diskContent struct{ *bytes.Reader }

func (diskContent) Close() error { return nil }

func (d *disk) Read(name string) (Content, error) {
	d.wait()
	d.mu.Lock()
	defer d.mu.Unlock()
	b, ok := d.files[name]
	if !ok {
		return nil, fmt.Errorf("open %s: %w", name, fs.ErrNotExist)
	}
	return diskContent{bytes.NewReader(bytes.Clone(b))}, nil
}

func (d *disk) List(folder string) ([]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	names := map[string]bool{}
	for name := range d.files {
		if rest, ok := strings.CutPrefix(name, path.Clean(folder)+"/"); ok {
			first, _, _ := strings.Cut(rest, "/")
			names[first] = true
		}
	}
	return slices.Sorted(maps.Keys(names)), nil
}

// zcat is a file of gzip members, decompressed.
func zcat(t *testing.T, b []byte) string {
	t.Helper()
	if len(b) == 0 {
		return ""
	}
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// record is a line of a container's log.
type record struct {
	at   time.Time
	text string
}

// source serves a log as a kubelet does.
type source []record

func (s source) Open(_ context.Context, _, _ string, since time.Time, _ bool) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader(s.since(since))), nil
}

func (s source) since(since time.Time) string {
	var b strings.Builder
	for _, r := range s {
		if !r.at.Before(since) {
			b.WriteString(r.at.UTC().Format(stampLayout) + " " + r.text + "\n")
		}
	}
	return b.String()
}

// whole reports whether a log has an entry for its end.
func whole(s *Reader) bool { return len(s.entries) > 0 && s.entries[len(s.entries)-1].Whole }

package archive

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/stepherd/stepherd/internal/errs"
)

// Storage keeps files. Their names are relative, with / between the parts. Files only grow, except that they are cut when
// they are opened: each Append could be an object of its own. It is used by many goroutines, each file by one.
type Storage interface {
	// Append opens a file to be written behind its first size bytes; what is behind them is cut off. A file that does not
	// exist is made, for good.
	Append(name string, size int64) (File, error)
	// Read opens a file to be read. The error is fs.ErrNotExist where there is none.
	Read(name string) (Content, error)
	// List gives the names in a folder, sorted; none where there is no such folder.
	List(folder string) ([]string, error)
}

// File is a file that grows.
type File interface {
	// Append adds all of b, and returns when it is kept for good.
	Append(b []byte) error
	Close() error
}

// Content is what a file had when it was opened.
type Content interface {
	io.ReaderAt
	io.Closer
	Size() int64
}

// Dir is a folder as Storage.
type Dir struct {
	Root string
	// Scratch is set if nothing needs to outlive a crash.
	Scratch bool
}

// Append opens or makes a file, and the folders above it.
func (d Dir) Append(name string, size int64) (File, error) {
	if err := d.makeFolder(path.Dir(name)); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(d.place(name), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	out := &dirFile{file: f, size: size, scratch: d.Scratch}
	if err := errs.Join(out.begin(), d.syncFolder(path.Dir(name))); err != nil {
		_ = f.Close() // nothing was written
		return nil, err
	}
	return out, nil
}

func (d Dir) place(name string) string { return filepath.Join(d.Root, filepath.FromSlash(name)) }

// makeFolder makes a folder, and its entry in the one above, for good.
func (d Dir) makeFolder(name string) error {
	err := os.Mkdir(d.place(name), 0o755)
	switch {
	case err == nil:
		return d.syncFolder(path.Dir(name))
	case errors.Is(err, fs.ErrExist):
		return nil
	case errors.Is(err, fs.ErrNotExist) && name != ".":
		if err := d.makeFolder(path.Dir(name)); err != nil {
			return err
		}
		return d.makeFolder(name)
	}
	return err
}

func (d Dir) syncFolder(name string) error {
	if d.Scratch {
		return nil
	}
	f, err := os.Open(d.place(name))
	if err != nil {
		return err
	}
	return errs.Join(f.Sync(), f.Close())
}

// Read opens a file.
func (d Dir) Read(name string) (Content, error) {
	f, err := os.Open(d.place(name))
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		_ = f.Close() // nothing was written
		return nil, err
	}
	return dirContent{f, info.Size()}, nil
}

// List gives the names in a folder.
func (d Dir) List(folder string) ([]string, error) {
	entries, err := os.ReadDir(d.place(folder))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, err
}

type dirContent struct {
	*os.File
	size int64
}

func (c dirContent) Size() int64 { return c.size }

type dirFile struct {
	file    *os.File
	size    int64
	scratch bool
}

func (f *dirFile) begin() error {
	info, err := f.file.Stat()
	if err != nil {
		return err
	}
	if info.Size() < f.size {
		return fmt.Errorf("%s has %d bytes and had %d before", f.file.Name(), info.Size(), f.size)
	}
	if info.Size() > f.size {
		if err := f.file.Truncate(f.size); err != nil {
			return err
		}
	}
	_, err = f.file.Seek(f.size, io.SeekStart)
	return err
}

// Append writes and syncs. A file that has grown meanwhile is written by somebody else, such as a driver on a node that was
// given up: two writers would spoil it.
func (f *dirFile) Append(b []byte) error {
	info, err := f.file.Stat()
	if err != nil {
		return err
	}
	if info.Size() != f.size {
		return fmt.Errorf("%s has %d bytes and had %d after the last write: somebody else writes it", f.file.Name(), info.Size(), f.size)
	}
	if _, err := f.file.Write(b); err != nil {
		return err
	}
	f.size += int64(len(b))
	if f.scratch {
		return nil
	}
	return f.file.Sync()
}

func (f *dirFile) Close() error { return f.file.Close() }

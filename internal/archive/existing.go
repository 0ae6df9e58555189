package archive

import (
	"errors"
	"io"
	"io/fs"
	"time"

	"github.com/stepherd/stepherd/internal/logs"
)

// existing is what there is of a log before it is written on.
type existing struct {
	// kept and good are how much of the file and of its index hold together.
	kept, good int64
	last       Entry
	position   logs.Position
	open       *time.Time
}

// readExisting reads the index of a log that may exist.
func readExisting(s Storage, folder string, name Name) (existing, error) {
	var is existing
	x, err := ReadIndex(s, folder, name, is.take)
	if errors.Is(err, fs.ErrNotExist) {
		return existing{}, nil
	}
	is.kept, is.good = x.kept, x.good
	return is, err
}

func (is *existing) take(e Entry) error {
	is.last = e
	switch {
	case e.Len > 0:
		is.position, is.open = logs.Position{}, e.Open
		if e.Pos != nil {
			is.position = *e.Pos
		}
	case e.Gap != nil:
		is.open = nil
	}
	return nil
}

// ReadIndex reads a log's index up to where the log's file has what it says. The index is opened first, so that a log that
// is being written is seen as it was a moment ago. The error is fs.ErrNotExist where there is no such log.
func ReadIndex(s Storage, folder string, name Name, each func(Entry) error) (index, error) {
	x := index{name: name}
	lines, err := s.Read(FilePath(folder, name, IndexSuffix))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return x, err
	}
	if lines != nil {
		defer func() { _ = lines.Close() }() // it was only read
	}
	data, dataErr := s.Read(FilePath(folder, name, LogSuffix))
	switch {
	case dataErr == nil:
		x.data = data.Size()
		_ = data.Close() // it was only looked at
	case !errors.Is(dataErr, fs.ErrNotExist):
		return x, dataErr
	}
	if lines == nil {
		if x.data > 0 {
			return x, errors.New("there is a file of its name without an index, which stepherd did not write")
		}
		return x, err
	}
	if err := x.read(io.NewSectionReader(lines, 0, lines.Size()), each); err != nil {
		return x, err
	}
	if x.good == 0 && x.data > 0 {
		return x, errors.New("there is a file of its name with an empty index, which stepherd did not write")
	}
	return x, nil
}

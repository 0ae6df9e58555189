package archive

import (
	"errors"
	"io"
	"io/fs"
	"time"

	"github.com/stepherd/stepherd/internal/logs"
)

// former is what there is of a log before it is written on.
type former struct {
	// kept and good are how much of the file and of its index hold together.
	kept, good int64
	last       entry
	position   logs.Position
	open       *time.Time
}

// readFormer reads the index of a log that may exist.
func readFormer(s Storage, folder string, name Name) (former, error) {
	var is former
	x, err := readIndex(s, folder, name, is.take)
	if errors.Is(err, fs.ErrNotExist) {
		return former{}, nil
	}
	is.kept, is.good = x.kept, x.good
	return is, err
}

func (is *former) take(e entry) error {
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

// readIndex reads a log's index up to where the log's file has what it says. The index is opened first, so that a log that
// is being written is seen as it was a moment ago. The error is fs.ErrNotExist where there is no such log.
func readIndex(s Storage, folder string, name Name, each func(entry) error) (index, error) {
	x := index{name: name}
	lines, err := s.Read(place(folder, name, indexSuffix))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return x, err
	}
	if lines != nil {
		defer func() { _ = lines.Close() }() // it was only read
	}
	data, dataErr := s.Read(place(folder, name, logSuffix))
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

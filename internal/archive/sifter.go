package archive

import (
	"bufio"
	"errors"
	"io"
	"time"
)

// sifter gives of stamped lines those with a time from since on, as a kubelet does, and nothing of a line that began
// before what it reads.
type sifter struct {
	in    *bufio.Reader
	since string // as the lines have it; empty takes all
	// within says that the next byte is not the first of a line; keep, that this line is wanted.
	within, keep bool
	out          []byte // read and wanted, valid until in is read again
}

func newSifter(in io.Reader, since time.Time, within bool) *sifter {
	s := &sifter{in: bufio.NewReaderSize(in, 32<<10), within: within}
	if !since.IsZero() {
		s.since = since.UTC().Format(stampLayout)
	}
	return s
}

func (s *sifter) Read(b []byte) (int, error) {
	for len(s.out) == 0 {
		if err := s.next(); err != nil {
			return 0, err
		}
	}
	n := copy(b, s.out)
	s.out = s.out[n:]
	return n, nil
}

// next reads a line, or a part of a long one.
func (s *sifter) next() error {
	if !s.within {
		stamp, err := s.in.Peek(len(stampLayout))
		s.keep = err != nil || string(stamp) >= s.since
	}
	chunk, err := s.in.ReadSlice('\n')
	s.within = errors.Is(err, bufio.ErrBufferFull)
	if s.keep {
		s.out = chunk
	}
	if len(chunk) > 0 {
		return nil
	}
	return err
}

package archive

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"time"

	"github.com/stepherd/stepherd/internal/logs"
)

// Reader is a log that was kept, as its index shows it.
type Reader struct {
	Name    Name
	storage Storage
	folder  string
	entries []Entry
}

// Load reads the index of a log. The error is fs.ErrNotExist where there is none.
func Load(s Storage, folder string, name Name) (*Reader, error) {
	out := &Reader{Name: name, storage: s, folder: folder}
	if _, err := ReadIndex(s, folder, name, out.take); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		return nil, fmt.Errorf("read the archived log of %s: %w", name, err)
	}
	return out, nil
}

func (s *Reader) take(e Entry) error {
	e.Pos = nil // a week of lines has half a million entries
	s.entries = append(s.entries, e)
	return nil
}

// Ended reports whether the log is whole, or a gap at its end tells why it is not.
func (s *Reader) Ended() bool {
	if len(s.entries) == 0 {
		return false
	}
	last := &s.entries[len(s.entries)-1]
	return last.Whole || last.Gap != nil && last.Gap.To.IsZero()
}

// Earliest is the time of the first line.
func (s *Reader) Earliest() time.Time {
	if len(s.entries) == 0 {
		return time.Time{}
	}
	return s.entries[0].From
}

// Latest is the latest time of a line.
func (s *Reader) Latest() time.Time {
	var latest time.Time
	for i := range s.entries {
		if s.entries[i].To.After(latest) {
			latest = s.entries[i].To
		}
	}
	return latest
}

// Replay hands the lines with a time from since on, and the gaps between them, to sink. The positions that come with them are
// zero.
func (s *Reader) Replay(ctx context.Context, since time.Time, sink logs.Sink) error {
	rest := s.entries
	for len(rest) > 0 {
		if g := rest[0].Gap; g != nil {
			if !rest[0].EndsBefore(since) {
				if err := sink.Gap(logs.Gap{From: g.From, To: g.To, Cause: g.Cause}); err != nil {
					return err
				}
			}
			rest = rest[1:]
			continue
		}
		n := slices.IndexFunc(rest, func(e Entry) bool { return e.Gap != nil })
		if n < 0 {
			n = len(rest)
		}
		if err := s.stretch(ctx, rest[:n], since, sink); err != nil {
			return err
		}
		rest = rest[n:]
	}
	return nil
}

// stretch finds the first of some members with a line that is wanted, and reads on from there.
func (s *Reader) stretch(ctx context.Context, members []Entry, since time.Time, sink logs.Sink) error {
	for len(members) > 0 && (members[0].Len == 0 || members[0].EndsBefore(since)) {
		members = members[1:]
	}
	if len(members) == 0 {
		return nil
	}
	from, to := members[0].At, int64(0)
	for i := range members {
		to = max(to, members[i].At+members[i].Len)
	}
	data, err := s.storage.Read(FilePath(s.folder, s.Name, LogSuffix))
	if err != nil {
		return err
	}
	defer func() { _ = data.Close() }() // it was only read
	text, err := gzip.NewReader(io.NewSectionReader(data, from, to-from))
	if err == nil {
		err = newLineReader(text, since, members[0].Within).replay(ctx, sink)
	}
	var damaged *damagedError
	if errors.As(err, &damaged) || errors.Is(err, gzip.ErrHeader) {
		return fmt.Errorf("the archived log of %s is damaged behind byte %d: %w", s.Name, from, err)
	}
	return err
}

package archive

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/stepherd/stepherd/internal/logs"
)

// Stored is a log that was kept, as its index shows it.
type Stored struct {
	Name    Name
	storage Storage
	folder  string
	entries []entry
}

// Load reads the index of a log. The error is fs.ErrNotExist where there is none.
func Load(s Storage, folder string, name Name) (*Stored, error) {
	out := &Stored{Name: name, storage: s, folder: folder}
	if _, err := readIndex(s, folder, name, func(e entry) { out.entries = append(out.entries, e) }); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		return nil, fmt.Errorf("read the archived log of %s: %w", name, err)
	}
	return out, nil
}

// Whole says that the log is there to its end.
func (s *Stored) Whole() bool {
	return len(s.entries) > 0 && s.entries[len(s.entries)-1].Whole
}

// Ended says that the log is whole, or that a gap at its end says why it is not.
func (s *Stored) Ended() bool {
	if len(s.entries) == 0 {
		return false
	}
	last := &s.entries[len(s.entries)-1]
	return last.Whole || last.Gap != nil && last.Gap.To.IsZero()
}

// Earliest is the time of the first line.
func (s *Stored) Earliest() time.Time {
	if len(s.entries) == 0 {
		return time.Time{}
	}
	return s.entries[0].From
}

// Latest is the latest time of a line.
func (s *Stored) Latest() time.Time {
	var latest time.Time
	for i := range s.entries {
		if s.entries[i].To.After(latest) {
			latest = s.entries[i].To
		}
	}
	return latest
}

// Replay hands the lines with a time from since on, and the gaps between them, to sink.
func (s *Stored) Replay(ctx context.Context, since time.Time, sink logs.Sink) error {
	rest := s.entries
	for len(rest) > 0 {
		n := 0
		for n < len(rest) && rest[n].Gap == nil {
			n++
		}
		if n > 0 {
			if err := logs.Read(ctx, stretch{s, rest[:n], since}, logs.Container{Pod: s.folder, Name: s.Name.Container}, sink); err != nil {
				return err
			}
			rest = rest[n:]
			continue
		}
		if g := rest[0].Gap; g != nil && !rest[0].endsBefore(since) {
			if err := sink.Gap(logs.Gap{From: g.From, To: g.To, Cause: g.Cause}); err != nil {
				return err
			}
		}
		rest = rest[1:]
	}
	return nil
}

// Open gives the lines with a time from since on as a kubelet would; gaps do not show.
func (s *Stored) Open(since time.Time) (io.ReadCloser, error) {
	return stretch{s, s.entries, since}.open()
}

// stretch is a part of a log, as a logs.Source of it.
type stretch struct {
	log     *Stored
	entries []entry
	since   time.Time
}

// Open gives the stretch; that of the reader's own wish for a beginning there is none.
func (s stretch) Open(context.Context, string, string, time.Time, bool) (io.ReadCloser, error) {
	return s.open()
}

// open finds the first member with a line that is wanted, and reads on from there.
func (s stretch) open() (io.ReadCloser, error) {
	members := s.entries
	for len(members) > 0 && (members[0].Len == 0 || members[0].endsBefore(s.since)) {
		members = members[1:]
	}
	from, to := int64(0), int64(0)
	for i := range members {
		if e := &members[i]; e.Len > 0 {
			if to == 0 {
				from = e.At
			}
			to = e.At + e.Len
		}
	}
	if from == to {
		return io.NopCloser(eof{}), nil
	}
	data, err := s.log.storage.Read(place(s.log.folder, s.log.Name, logSuffix))
	if err != nil {
		return nil, err
	}
	text, err := gzip.NewReader(io.NewSectionReader(data, from, to-from))
	if err != nil {
		_ = data.Close() // it was only read
		return nil, fmt.Errorf("the archived log of %s is damaged at byte %d: %w", s.log.Name, from, err)
	}
	return &reader{sifter: newSifter(text, s.since, members[0].Within), data: data}, nil
}

type eof struct{}

func (eof) Read([]byte) (int, error) { return 0, io.EOF }

// reader closes what a sifter reads from.
type reader struct {
	*sifter
	data io.Closer
}

func (r *reader) Close() error { return r.data.Close() }

// before is how many entries at the beginning have nothing from since on.
func (s *Stored) before(since time.Time) int {
	n := 0
	for n < len(s.entries) && s.entries[n].endsBefore(since) {
		n++
	}
	return n
}

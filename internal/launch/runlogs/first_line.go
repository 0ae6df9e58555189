package runlogs

import (
	"context"
	"sync"
	"time"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/client"
	"github.com/stepherd/stepherd/internal/launch/lookup"
	"github.com/stepherd/stepherd/internal/logview"
	"github.com/stepherd/stepherd/internal/retry"
)

// A log that is opened late and begins late may lack its beginning: its node serves one file and does not tell whether there
// were others. The driver, which has followed the log from its container's start, knows, and the record keeps what it knows.

const (
	// firstLinePatience is how long the record is given to have a first line that has just been written: the driver tells it
	// within a second, unless there is none at work.
	firstLinePatience = 4 * time.Second
	// firstLineEvery is how often it is asked meanwhile.
	firstLineEvery = 400 * time.Millisecond
)

// beginning is what a record knows about the beginning of a container's log.
type beginning int

const (
	// untold: nothing yet; the driver may not have come to it.
	untold beginning = iota
	// unknown: nothing, and it will say no more.
	unknown
	// known: what the first line is.
	known
)

// beginningOf returns what a record, which may be nil, knows about the beginning of a log, and the time of its first line.
func beginningOf(record *record.Record, o logview.Origin) (time.Time, beginning) {
	if record == nil {
		return time.Time{}, untold
	}
	attempt := recordedAttempt(record, o)
	log := &v1alpha1.LogStatus{}
	if attempt != nil && attempt.Log != nil {
		log = attempt.Log
	}
	first, is := log.First[o.Container]
	_, printed := log.At[o.Container]
	switch {
	case is:
		return first, known
	case printed: // the driver has told how far it is, and tells the first line before that
		return time.Time{}, unknown
	case log.Open:
		return time.Time{}, untold
	case attempt != nil && attempt.Phase.Ended(), record.Head.Phase.Ended():
		return time.Time{}, unknown
	}
	return time.Time{}, untold
}

func recordedAttempt(record *record.Record, o logview.Origin) *v1alpha1.AttemptStatus {
	for i := range record.Steps {
		s := &record.Steps[i]
		if s.Name == o.Step && o.Attempt <= len(s.Attempts) {
			return &s.Attempts[o.Attempt-1]
		}
	}
	return nil
}

// recordReader reads a run's record for the goroutines that read its logs: those that ask while one reads share the next reading.
type recordReader struct {
	reader *lookup.Reader
	run    string

	mu     sync.Mutex
	latest *record.Record
	began  time.Time // when the latest reading did
}

// since is the run's record, read after a time.
func (r *recordReader) since(ctx context.Context, uid string, at time.Time) (*record.Record, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.began.After(at) {
		return r.latest, nil
	}
	began := r.reader.Client.Now()
	record, err := r.reader.Runs.Record(ctx, r.reader.Client.Namespace, r.run, uid)
	if err != nil {
		return nil, err
	}
	r.latest, r.began = record, began
	return record, nil
}

// wholeFrom makes the judge of a log's beginning, for its Printer: it reports whether a line of that stamp is the log's first. Where the
// record cannot be read, or does not tell, the line is taken for a later one.
func (r *recordReader) wholeFrom(ctx context.Context, uid string, o logview.Origin) func(time.Time) bool {
	return func(at time.Time) bool {
		var asked time.Time // what was read before may have the answer
		for until := r.reader.Client.Now().Add(firstLinePatience); ; asked = r.reader.Client.Now() {
			record, err := r.since(ctx, uid, asked)
			if err != nil && !client.IsTemporary(err) {
				return false
			}
			switch first, is := beginningOf(record, o); {
			case is == known:
				return !at.After(first)
			case is == unknown, !r.reader.Client.Now().Before(until):
				return false
			}
			if retry.Sleep(ctx, firstLineEvery) != nil {
				return false
			}
		}
	}
}

package runlogs

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/archive"
	"github.com/stepherd/stepherd/internal/archive/transfer"
	"github.com/stepherd/stepherd/internal/launch/archiveread"
	"github.com/stepherd/stepherd/internal/launch/client"
	"github.com/stepherd/stepherd/internal/launch/follow"
	"github.com/stepherd/stepherd/internal/launch/lookup"
	"github.com/stepherd/stepherd/internal/logs"
	"github.com/stepherd/stepherd/internal/logview"
)

// session is one showing of logs: the user, what is wanted, and the screen on which all of it appears. Its client speaks
// through the screen, so that notes come between lines and in their place.
type session struct {
	client   *client.Client
	logs     logs.Source
	reader   *lookup.Reader
	follower *follow.Follower
	archive  *archiveread.Reader

	q      Query
	since  time.Time // zero for the beginning
	screen *logview.Screen

	// run is the run whose logs are shown. stores are where they are kept, once they were looked for.
	run    v1alpha1.Run
	stores stores
	looked bool
	record recordReader
	ends   logEnds
	marks  marker
}

// newSession begins to show. The view must be closed.
func (w *Viewer) newSession(q Query) *session {
	v := &session{
		logs: w.Logs,
		q:    q, screen: logview.NewScreen(w.Client.Out, w.Client.Err),
		ends: logEnds{},
	}
	own := *w.Client
	own.Out, own.Err = v.screen.Writer(logview.ToOut), v.screen.Writer(logview.ToErr)
	v.client = &own
	v.reader = &lookup.Reader{Client: v.client, Runs: w.Runs, News: w.News}
	v.marks = marker{client: v.client, on: q.marks, told: map[logview.Origin]bool{}}
	v.record = recordReader{reader: v.reader, run: q.Run}
	v.follower = &follow.Follower{Client: v.client, Reader: v.reader, Watch: w.Watcher}
	v.archive = &archiveread.Reader{Client: v.client, Logs: w.Logs, Ports: w.Archive}
	if q.Since > 0 {
		v.since = own.Now().Add(-q.Since)
	}
	return v
}

// close puts out what waits; err is what ended the view, if it was an error.
func (v *session) close(err error) error {
	v.stores.close()
	if failed := v.screen.Close(); failed != nil {
		return failed
	}
	return err
}

// findStored looks for the places where logs are kept, once, and brings what the archive has of those that are wanted now.
func (v *session) findStored(ctx context.Context, wanted []logRef) error {
	if err := v.findStores(ctx); err != nil || v.stores.archive == nil {
		return err
	}
	return v.fetch(ctx, wanted)
}

// fetch brings what the archive has of the logs that are wanted.
func (v *session) fetch(ctx context.Context, wanted []logRef) error {
	names := make([]archive.Name, len(wanted))
	whole := false
	for i, p := range wanted {
		names[i] = archive.Name{Step: p.Step, Attempt: p.Attempt, Container: p.Container}
		whole = whole || p.broke != nil
	}
	return v.stores.archive.Fetch(ctx, names, whole)
}

// findStores looks for the places where logs are kept, once.
func (v *session) findStores(ctx context.Context) (err error) {
	if v.looked {
		return nil
	}
	want := transfer.Request{Since: v.since}
	if v.q.Tail != nil {
		want.Tail = *v.q.Tail
	}
	if v.stores, err = v.openStores(ctx, v.run, want); err != nil {
		return err
	}
	v.looked = true
	return nil
}

// findStoredNow is findKept for one that may have looked long ago: drivers have printed more since, and may be others.
func (v *session) findStoredNow(ctx context.Context, wanted []logRef) (err error) {
	if v.looked {
		if v.stores.driver, err = v.driverStore(ctx, v.run); err != nil {
			return err
		}
	}
	return v.findStored(ctx, wanted)
}

// sink is where a log is shown.
func (v *session) sink(o logview.Origin, put func(logview.Stream, []byte) error) *logview.Printer {
	return &logview.Printer{Form: v.options().Form(o), Put: put, Since: v.since, Grep: v.q.Grep}
}

// options are how the query and the user's screen want logs to look.
func (v *session) options() logview.Options {
	return logview.Options{
		Kind: v.q.Form, Bare: v.q.bare(), One: v.q.bare() && !v.q.AllAttempts, Timestamps: v.q.Timestamps,
		OutColor: v.client.OutColor, ErrColor: v.client.ErrColor, Colorless: v.client.Colorless, Terminal: v.client.Terminal,
	}
}

// source opens logs no further back than is wanted.
func (v *session) source() logs.Source {
	if v.since.IsZero() {
		return v.logs
	}
	return sinceSource{v.logs, v.since}
}

// sinceSource returns of each log only what is not older than a time, to the second: to its reader, the log begins
// there.
type sinceSource struct {
	logs.Source
	floor time.Time
}

// Open implements logs.Source.
func (s sinceSource) Open(ctx context.Context, pod, container string, since time.Time, follow bool) (io.ReadCloser, error) {
	if since.Before(s.floor) {
		since = s.floor
	}
	return s.Source.Open(ctx, pod, container, since, follow)
}

// Tail implements logs.LastLineReader.
func (s sinceSource) Tail(ctx context.Context, pod, container string) (io.ReadCloser, error) {
	if t, ok := s.Source.(logs.LastLineReader); ok {
		return t.Tail(ctx, pod, container)
	}
	return nil, errNoTail
}

// Head implements logs.FirstLineReader.
func (s sinceSource) Head(ctx context.Context, pod, container string) (io.ReadCloser, error) {
	if h, ok := s.Source.(logs.FirstLineReader); ok {
		return h.Head(ctx, pod, container)
	}
	return nil, errNoHead
}

var errNoHead = errors.New("the source does not give first lines")

var errNoTail = errors.New("the source does not give last lines")

// container is a container of a Pod as the view reads it. Where its log is not wanted from the beginning, nothing is missing
// in front.
func (v *session) container(p logRef) logs.Container {
	c := logs.Container{Pod: p.pod, Name: p.Container}
	if v.since.IsZero() && v.q.Tail == nil {
		c.Started = p.started
	}
	return c
}

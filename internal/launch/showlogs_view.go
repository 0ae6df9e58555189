package launch

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/archive"
	"github.com/stepherd/stepherd/internal/logs"
	"github.com/stepherd/stepherd/internal/logview"
)

// view is one showing of logs: the user, what is wanted, and the screen on which all of it appears. Its client speaks
// through the screen, so that notes come between lines and in their place.
type view struct {
	client   *Client
	logs     logs.Source
	reader   *Reader
	follower *Follower
	archive  *ArchiveReader

	q      LogQuery
	since  time.Time // zero for the beginning
	screen *logview.Screen

	// run is whose logs are shown. keep is where they are kept, once somebody has looked for it.
	run    v1alpha1.Run
	keep   keepers
	looked bool
	record recordReader
	ends   logEnds
	marks  marker
}

// newView begins to show. The view must be closed.
func (w *Viewer) newView(q LogQuery) *view {
	v := &view{
		logs: w.Logs,
		q:    q, screen: logview.NewScreen(w.Client.Out, w.Client.Err),
		ends: logEnds{},
	}
	own := *w.Client
	own.Out, own.Err = v.screen.Writer(logview.ToOut), v.screen.Writer(logview.ToErr)
	v.client = &own
	v.reader = &Reader{Client: v.client, Runs: w.Runs, News: w.News}
	v.marks = marker{client: v.client, on: q.marks, told: map[logview.Origin]bool{}}
	v.record = recordReader{reader: v.reader, run: q.Run}
	v.follower = &Follower{Client: v.client, Reader: v.reader, Watch: w.Watcher}
	v.archive = &ArchiveReader{Client: v.client, Logs: w.Logs, Create: w.Create, Jobs: w.Archive}
	if q.Since > 0 {
		v.since = own.Now().Add(-q.Since)
	}
	return v
}

// close puts out what waits; err is what ended the view, if it was an error.
func (v *view) close(err error) error {
	v.keep.close()
	if failed := v.screen.Close(); failed != nil {
		return failed
	}
	return err
}

// findKept looks for the places where logs are kept, once, and brings what the archive has of those that are wanted now.
func (v *view) findKept(ctx context.Context, wanted []piece) error {
	if err := v.findKeepers(ctx); err != nil || v.keep.archive == nil {
		return err
	}
	return v.fetch(ctx, wanted)
}

// fetch brings what the archive has of the logs that are wanted.
func (v *view) fetch(ctx context.Context, wanted []piece) error {
	names := make([]archive.Name, len(wanted))
	whole := false
	for i, p := range wanted {
		names[i] = archive.Name{Step: p.Step, Attempt: p.Attempt, Container: p.Container}
		whole = whole || p.broke != nil
	}
	return v.keep.archive.fetch(ctx, names, whole)
}

// findKeepers looks for the places where logs are kept, once.
func (v *view) findKeepers(ctx context.Context) (err error) {
	if v.looked {
		return nil
	}
	want := archive.Request{Since: v.since}
	if v.q.Tail != nil {
		want.Tail = *v.q.Tail
	}
	if v.keep, err = v.keepers(ctx, v.run, want); err != nil {
		return err
	}
	v.looked = true
	return nil
}

// findKeptNow is findKept for one that may have looked long ago: drivers have printed more since, and may be others.
func (v *view) findKeptNow(ctx context.Context, wanted []piece) (err error) {
	if v.looked {
		if v.keep.driver, err = v.driverKeeper(ctx, v.run); err != nil {
			return err
		}
	}
	return v.findKept(ctx, wanted)
}

// sink is where a log is shown.
func (v *view) sink(o logview.Origin, put func(logview.Stream, []byte) error) *logview.Shown {
	return &logview.Shown{Form: v.look().Form(o), Put: put, Since: v.since, Grep: v.q.Grep}
}

// look is how the query and the user's screen want logs to look.
func (v *view) look() logview.Look {
	return logview.Look{
		Kind: v.q.Form, Bare: v.q.bare(), One: v.q.bare() && !v.q.AllAttempts, Timestamps: v.q.Timestamps,
		OutColor: v.client.OutColor, ErrColor: v.client.ErrColor, Colorless: v.client.Colorless, Terminal: v.client.Terminal,
	}
}

// source opens logs no further back than is wanted.
func (v *view) source() logs.Source {
	if v.since.IsZero() {
		return v.logs
	}
	return sinceSource{v.logs, v.since}
}

// sinceSource gives of each log only what is not older than a time, to the second: for whoever follows it, the log begins
// there.
type sinceSource struct {
	logs.Source
	floor time.Time
}

// Open is of logs.Source.
func (s sinceSource) Open(ctx context.Context, pod, container string, since time.Time, follow bool) (io.ReadCloser, error) {
	if since.Before(s.floor) {
		since = s.floor
	}
	return s.Source.Open(ctx, pod, container, since, follow)
}

// Tail is of logs.Tailer.
func (s sinceSource) Tail(ctx context.Context, pod, container string) (io.ReadCloser, error) {
	if t, ok := s.Source.(logs.Tailer); ok {
		return t.Tail(ctx, pod, container)
	}
	return nil, errNoTail
}

// Head is of logs.Header.
func (s sinceSource) Head(ctx context.Context, pod, container string) (io.ReadCloser, error) {
	if h, ok := s.Source.(logs.Header); ok {
		return h.Head(ctx, pod, container)
	}
	return nil, errNoHead
}

var errNoHead = errors.New("the source does not give first lines")

var errNoTail = errors.New("the source does not give last lines")

// container is a container of a Pod as the view reads it. Where its log is not wanted from the beginning, nothing is missing
// in front.
func (v *view) container(p piece) logs.Container {
	c := logs.Container{Pod: p.pod, Name: p.Container}
	if v.since.IsZero() && v.q.Tail == nil {
		c.Started = p.started
	}
	return c
}

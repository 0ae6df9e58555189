// Package logs follows a container's log: one line in, the same line out, once, also across breaks of the stream.
// It knows no client: a Source opens streams.
package logs

import (
	"context"
	"io"
	"time"
)

// Source opens a container's log with timestamps, following it until the container has ended, from since on (zero = from
// its beginning). An error that IsGone says is gone means that the Pod exists no more.
type Source interface {
	Open(ctx context.Context, pod, container string, since time.Time, follow bool) (io.ReadCloser, error)
}

// Line is one line of a container's log without its newline. Long lines come in parts of at most MaxLine bytes;
// Continues says that the next Line goes on with this one.
type Line struct {
	Time      time.Time
	Text      []byte
	Continues bool
}

// MaxLine is the longest part of a line in bytes: with prefix it stays under the 16 KiB at which the container runtime cuts.
const MaxLine = 15 << 10

// Follow hands every line of the container to emit, once and in order, until the container's log has ended
// (nil), ctx is done, the Pod is gone (ErrGone), or emit fails. Breaks are ridden out: it reopens with back-off.
// ended says whether the container is known to have ended: an EOF before that is a break.
func Follow(ctx context.Context, src Source, pod, container string, ended func() bool, emit func(Line) error) error {
	panic("logs: being written")
}

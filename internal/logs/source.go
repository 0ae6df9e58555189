package logs

import (
	"context"
	"io"
	"time"
)

// Source opens a container's log with a time stamp in front of each line, from the second of since on (zero = from its
// beginning); with follow it goes on until the container has ended.
//
// Errors may have methods that say more: NotFound() bool is true when the Pod exists no more, Denied() bool when a
// right is missing. All others are taken for passing ones.
type Source interface {
	Open(ctx context.Context, pod, container string, since time.Time, follow bool) (io.ReadCloser, error)
}

// LastLineReader is a Source that can give the last line alone, as cheaply as the API can. Follow uses it, where a Source has it,
// to make sure of the end of a log without reading a part of it again.
type LastLineReader interface {
	Tail(ctx context.Context, pod, container string) (io.ReadCloser, error)
}

// FirstLineReader is a Source that can give the first line of the file that the node serves, or its beginning, as cheaply as the API
// can. Follow uses it, where a Source has it, to learn what the node has rotated.
type FirstLineReader interface {
	Head(ctx context.Context, pod, container string) (io.ReadCloser, error)
}

// Container is a container whose log is wanted.
type Container struct {
	Pod, Name string
	// Ended is closed once the container is known to have ended; nil when that is not known.
	Ended <-chan struct{}
	// Started is when the container began, according to its kubelet; zero when that is not known.
	Started time.Time
	// Allowed reports whether the log may be read, as other logs have shown. Then a denial passes, and so it does where the log itself
	// was opened before: an API server that has just started denies everything for a moment.
	Allowed bool
	// From is how far an earlier follower has come with this container's log.
	From Position
}

package podlogs

import (
	"context"
	"io"
	"sync"
	"time"

	"k8s.io/client-go/rest"
)

const (
	// manyLogsBuffer is how much of all streams of one connection is held together. Go's default of 1 GiB
	// (transportDefaultConnFlow) lets a thousand logs that wait for stdout take 64 MiB.
	manyLogsBuffer = 256 << 10

	// manyLogsDials bounds the connections that are made at once. Until the first is there each log would make one of its
	// own: a driver that takes up a thousand Pods would begin with a thousand TLS handshakes. It bounds no streams, where
	// the server speaks HTTP/2: a connection that has as many as the server allows is not counted any more (net/http,
	// Transport.roundTrip, ErrNoCachedConn).
	manyLogsDials = 64

	// firstLogs are so many at most that have more room, on a connection of their own: on a busy machine the API server waits
	// for a reader that has room for 64 KiB only, and a loud log that is alone comes a fifth slower.
	firstLogs       = 4
	firstLogsStream = 512 << 10
	firstLogsBuffer = 1 << 20
)

// Many is a PodLogs for a thousand logs at once: a few have much room, all others together little. None of their readers
// may wait for another: what one does not read is missing in the room of all on its connection. So what they ask in between
// has a connection of its own: the answer would wait for those who do not read.
type Many struct {
	*Logs
	first  *Logs
	asked  *Logs
	places chan struct{} // holds a token for each of the first logs
}

// NewMany reads the logs of a namespace. cfg comes from Tuned.
func NewMany(cfg *rest.Config, namespace string) (*Many, error) {
	all, err := newLogClient(cfg, logRoom{LogStreamBuffer, manyLogsBuffer, manyLogsDials})
	if err != nil {
		return nil, err
	}
	first, err := newLogClient(cfg, logRoom{firstLogsStream, firstLogsBuffer, 1})
	if err != nil {
		return nil, err
	}
	asked, err := newLogClient(cfg, logRoom{LogStreamBuffer, manyLogsBuffer, 1})
	if err != nil {
		return nil, err
	}
	return &Many{
		New(all.CoreV1(), namespace), New(first.CoreV1(), namespace), New(asked.CoreV1(), namespace),
		make(chan struct{}, firstLogs),
	}, nil
}

// Head opens the beginning of a container's log as PodLogs does.
func (m *Many) Head(ctx context.Context, pod, container string) (io.ReadCloser, error) {
	return m.asked.Head(ctx, pod, container)
}

// Open opens a container's log as PodLogs does.
func (m *Many) Open(ctx context.Context, pod, container string, since time.Time, follow bool) (io.ReadCloser, error) {
	if !follow {
		return m.Logs.Open(ctx, pod, container, since, false)
	}
	select {
	case m.places <- struct{}{}:
	default:
		return m.Logs.Open(ctx, pod, container, since, true)
	}
	leave := sync.OnceFunc(func() { <-m.places })
	stream, err := m.first.Open(ctx, pod, container, since, true)
	if err != nil {
		leave()
		return nil, err
	}
	return &firstLog{stream, leave}, nil
}

// firstLog gives its place up when it is closed.
type firstLog struct {
	io.ReadCloser
	leave func()
}

// Close is of io.Closer.
func (f *firstLog) Close() error {
	defer f.leave()
	return f.ReadCloser.Close()
}

package steplogs

import (
	"cmp"
	"context"
)

const (
	// maxStreams is how many logs are followed at once at most, and maxEndStreams how many more are read whose containers
	// have ended. Each is a stream on the API server and its kubelet, and some 100 KiB here.
	maxStreams    = 512
	maxEndStreams = 32
)

// streams are the places for streams of logs. A log for which there is none waits where it is, on its node. One whose
// container has ended needs a place for a moment only, so that places of their own let the ends come through when all
// others are taken for long.
type streams struct {
	follow chan struct{} // holds a token for each place that is taken
	ends   chan struct{}
}

// newStreams has n places, or as many as are usual where n is 0.
func newStreams(n int) *streams {
	follow := cmp.Or(n, maxStreams)
	ends := min(maxEndStreams, follow)
	return &streams{follow: make(chan struct{}, follow), ends: make(chan struct{}, ends)}
}

// enter waits for a place for the log of a container, and gives what frees it. It errs only when ctx ends.
func (s *streams) enter(ctx context.Context, ended <-chan struct{}) (leave func(), err error) {
	select {
	case s.follow <- struct{}{}:
		return func() { <-s.follow }, nil
	case <-ended:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	select {
	case s.follow <- struct{}{}:
		return func() { <-s.follow }, nil
	case s.ends <- struct{}{}:
		return func() { <-s.ends }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

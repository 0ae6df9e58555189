package logs

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/stepherd/stepherd/internal/retry"
)

// idleTimer says when something last came to a follower and when its container ended. It is shared by the follower and its
// guard.
type idleTimer struct {
	began time.Time
	// beat is when something last came, ended when the container's end became known, both in nanoseconds since
	// began, on the monotonic clock.
	beat, ended atomic.Int64
}

const (
	busy    = -1 // of beat: a line is being handed on; however long that takes, the log is not to blame
	unknown = -1 // of ended
)

// errSilent ends a follower whose container has ended and whose log gives nothing.
var errSilent = errors.New("the log gives nothing")

func newPulse() *idleTimer {
	p := &idleTimer{began: time.Now()}
	p.ended.Store(unknown)
	return p
}

func (p *idleTimer) now() int64 { return int64(time.Since(p.began)) }

// touch notes that something came.
func (p *idleTimer) touch() { p.beat.Store(p.now()) }

// taken is when the last line had been handed on, unless one is now.
func (p *idleTimer) taken() time.Time { return p.began.Add(time.Duration(p.beat.Load())) }

func (p *idleTimer) endedAt() (time.Time, bool) {
	at := p.ended.Load()
	return p.began.Add(time.Duration(at)), at != unknown
}

// guard waits for the container's end, and from then on cancels with errSilent when nothing comes for giveUp. A nil
// channel never ends. It returns when ctx is done.
func (p *idleTimer) guard(ctx context.Context, ended <-chan struct{}, cancel context.CancelCauseFunc) {
	select {
	case <-ctx.Done():
		return
	case <-ended:
	}
	end := p.now()
	p.ended.Store(end)
	for ctx.Err() == nil {
		beat := p.beat.Load()
		rest := giveUp
		if beat != busy {
			rest = giveUp - time.Duration(p.now()-max(beat, end))
		}
		if rest <= 0 {
			cancel(errSilent)
			return
		}
		_ = retry.Sleep(ctx, rest)
	}
}

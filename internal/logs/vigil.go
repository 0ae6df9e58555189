package logs

import (
	"context"
	"errors"
	"sync"
	"time"
)

// vigil looks, when a stream falls silent for the first time, whether its kubelet reads the right file: one whose file was
// rotated before it had read it to its end for the first time has missed that, and shows nothing until the next rotation,
// which skips a whole file (k8s.io/cri-client/pkg/logs/logs.go, ReadLogs, v0.35: the watcher is made at the first end of
// the file, and what is rotated then looks the same as what is silent). It costs a request once in a stream of some
// length. A stream that is silent without reason is cancelled, so that another takes its place.
type vigil struct {
	follower *follower
	look     func()
	cancel   context.CancelCauseFunc

	timer *time.Timer
	armed bool
	done  bool // it has looked
	looks sync.WaitGroup

	mu    sync.Mutex
	reads int      // begun and ended
	last  lastLine // when the latest read began
}

// silence is how long nothing must come to have a look, and then how long after it to be sure: twice that is less than two
// rotations lie apart.
const silence = time.Second

// maxSilence is how seldom an empty file is looked at.
const maxSilence = time.Minute

var errStuck = errors.New("the kubelet follows a file that the log has left")

// watch begins the vigil over a stream, which must be opened with the context that it gives. There is none without a Tailer.
func (f *follower) watch(ctx context.Context) (*vigil, context.Context) {
	src, can := f.src.(Tailer)
	if !can {
		return nil, ctx
	}
	v := &vigil{follower: f}
	ctx, v.cancel = context.WithCancelCause(ctx)
	v.look = func() {
		defer v.looks.Done()
		v.compare(ctx, src)
	}
	return v, ctx
}

// before comes before each read, after behind it; total is how many bytes have come.
func (v *vigil) before(total int) {
	if v == nil || v.done || v.follower.needNot(total) {
		return
	}
	v.mu.Lock()
	v.reads++
	v.last = v.follower.last
	v.mu.Unlock()
	v.looks.Add(1)
	v.armed = true
	if v.timer == nil {
		v.timer = time.AfterFunc(silence, v.look)
		return
	}
	v.timer.Reset(silence)
}

func (v *vigil) after() {
	switch {
	case v == nil || v.done || !v.armed:
		return
	case v.timer.Stop():
		v.looks.Done()
	default:
		v.done = true
	}
	v.armed = false
	v.mu.Lock()
	v.reads++
	v.mu.Unlock()
}

// needNot says that a log is too short to have been rotated, or that another stream was cancelled in vain for the same silence:
// what a runtime wrote in pieces cannot be told from what is new.
func (f *follower) needNot(total int) bool {
	return f.read+total < quietly && f.c.From.IsZero() || f.last == f.stuckAt
}

// compare runs in a goroutine of its own, while the follower reads. A file that is empty was rotated just now and has nothing
// that the stream could have missed; it is looked at again.
func (v *vigil) compare(ctx context.Context, src Tailer) {
	reads, shown := v.seen()
	for wait := silence; ; wait = min(2*wait, maxSilence) {
		last, err := askLast(ctx, src, v.follower.c)
		if err != nil || last == shown {
			return
		}
		pause(ctx, wait)
		if now, _ := v.seen(); now != reads || ctx.Err() != nil {
			return
		}
		if last != (lastLine{}) {
			v.cancel(errStuck)
			return
		}
	}
}

func (v *vigil) seen() (reads int, last lastLine) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.reads, v.last
}

// end ends the vigil with its stream.
func (v *vigil) end(ctx context.Context) {
	if v == nil {
		return
	}
	if errors.Is(context.Cause(ctx), errStuck) {
		v.follower.stuckAt = v.follower.last
	}
	v.cancel(nil)
	v.looks.Wait()
}

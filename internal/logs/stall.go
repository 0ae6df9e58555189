package logs

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/stepherd/stepherd/internal/retry"
)

// stallDetector looks, when a stream falls silent, whether its kubelet reads the right file: one whose file was rotated before it had
// read it to its end for the first time has missed that, and shows nothing until the next rotation, which skips a whole
// file (k8s.io/cri-client/pkg/logs/logs.go, ReadLogs, v0.35: the watcher is made at the first end of the file, and what is
// rotated then looks the same as what is silent). A stream that is silent without reason is cancelled, so that another
// takes its place. In a stream of some length it mostly costs one request: once silence is seen to be right there is a watcher.
type stallDetector struct {
	follower *follower
	check    func()
	cancel   context.CancelCauseFunc

	timer  *time.Timer
	armed  bool
	checks sync.WaitGroup

	mu      sync.Mutex
	settled bool     // a silence was right
	reads   int      // begun and ended
	last    lastLine // when the latest read began
}

// silence is how long nothing must come to have a look, and then how long after it to be sure: twice that is less than two
// rotations lie apart.
const silence = time.Second

// maxSilence is how seldom one is looked after that goes on.
const maxSilence = time.Minute

var errStuck = errors.New("the kubelet follows a file that the log has left")

// watch begins the vigil over a stream, which must be opened with the context that it gives. There is none without a Tailer.
func (f *follower) watch(ctx context.Context) (*stallDetector, context.Context) {
	src, can := f.src.(LastLineReader)
	if !can {
		return nil, ctx
	}
	v := &stallDetector{follower: f}
	ctx, v.cancel = context.WithCancelCause(ctx)
	v.check = func() {
		defer v.checks.Done()
		v.compare(ctx, src)
	}
	return v, ctx
}

// before comes before each read, after behind it; total is how many bytes have come.
func (v *stallDetector) before(total int) {
	if v == nil || v.follower.read+total < quietly && v.follower.c.From.IsZero() {
		return // what is short cannot have been rotated
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.settled {
		return
	}
	v.reads++
	v.last = v.follower.last
	v.checks.Add(1)
	v.armed = true
	if v.timer == nil {
		v.timer = time.AfterFunc(v.patience(), v.check)
		return
	}
	v.timer.Reset(v.patience())
}

func (v *stallDetector) after() {
	if v == nil || !v.armed {
		return
	}
	v.armed = false
	if v.timer.Stop() {
		v.checks.Done()
	}
	v.mu.Lock()
	v.reads++
	v.mu.Unlock()
}

// patience is how long a silence may last unseen. It grows while streams are cancelled in vain: the last line may be one that
// the runtime wrote in pieces, which cannot be told from one that is new.
func (v *stallDetector) patience() time.Duration {
	if f := v.follower; f.last == f.stuckAt {
		return min(maxSilence, silence<<min(2*f.stuck, 10))
	}
	return silence
}

// compare runs in a goroutine of its own, while the follower reads. A file that is empty was rotated just now and has nothing
// that the stream could have missed; it is looked at again.
func (v *stallDetector) compare(ctx context.Context, src LastLineReader) {
	reads, shown := v.seen()
	for wait := silence; ; wait = min(2*wait, maxSilence) {
		last, err := readLastLine(ctx, src, v.follower.c)
		if err == nil && last == shown {
			v.mu.Lock()
			v.settled = true
			v.mu.Unlock()
			return
		}
		ended := retry.Sleep(ctx, wait)
		if now, _ := v.seen(); now != reads || ended != nil {
			return
		}
		if err == nil && last != (lastLine{}) {
			v.cancel(errStuck)
			return
		}
	}
}

func (v *stallDetector) seen() (reads int, last lastLine) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.reads, v.last
}

// end ends the vigil with its stream.
func (v *stallDetector) end(ctx context.Context) {
	if v == nil {
		return
	}
	if f := v.follower; errors.Is(context.Cause(ctx), errStuck) {
		if f.last != f.stuckAt {
			f.stuck = 0
		}
		f.stuck++
		f.stuckAt = f.last
	}
	v.cancel(nil)
	v.checks.Wait()
}

// countingReader is a stream, and how it came.
type countingReader struct {
	r      io.Reader
	stall  *stallDetector
	total  int           // bytes
	waited time.Duration // for them
}

func (m *countingReader) Read(b []byte) (int, error) {
	m.stall.before(m.total)
	start := time.Now()
	n, err := m.r.Read(b)
	waited := time.Since(start)
	m.stall.after()
	m.waited += waited
	m.total += n
	return n, err
}

package stdout

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/stepherd/stepherd/internal/retry"
)

// writeProgress tells others than the writer whether stdout takes anything.
type writeProgress struct {
	writing atomic.Bool
	written atomic.Int64
	unread  func() int
}

func (p *writeProgress) begin() { p.writing.Store(true) }

func (p *writeProgress) end(n int) {
	p.written.Add(int64(n))
	p.writing.Store(false)
}

// beat is where stdout stands; when it is the same again later and something waits, stdout has taken nothing.
type beat struct {
	written int64
	unread  int
	waits   bool
}

func (p *writeProgress) beat() beat {
	unread := p.unread()
	return beat{p.written.Load(), unread, unread > 0 || p.writing.Load()}
}

// Stuck waits until stdout has taken nothing for that long although something waits for it; false if ctx ends before.
func (p *writeProgress) Stuck(ctx context.Context, limit time.Duration) bool {
	for {
		before := p.beat()
		if retry.Sleep(ctx, limit) != nil {
			return false
		}
		if before.waits && before == p.beat() {
			return true
		}
	}
}

package archive

import (
	"time"

	"github.com/stepherd/stepherd/internal/logs"
)

// dedup tells, of a follower that begins before a log's position, what the log has already.
type dedup struct {
	on     bool
	until  logs.Position
	latest time.Time
	// gap reports whether lines were lost on the way: positions count lines that were delivered, so that they cannot be compared
	// across it. The node has thrown away what was before it, and what it still has is in the order of time.
	gap bool
}

func (c *dedup) hasLine(l logs.Line, after logs.Position) bool {
	switch {
	case !c.on:
		return false
	case !c.gap && !c.until.Before(after), c.gap && !l.Time.After(c.latest):
		return true
	}
	c.on = false
	return false
}

// gapIn gives what of a gap is one for this log, too.
func (c *dedup) gapIn(g logs.Gap) (logs.Gap, bool) {
	if !c.on || g.Late() {
		return g, true
	}
	c.gap = true
	if !g.To.IsZero() && !g.To.After(c.latest) {
		return g, false
	}
	if g.From.Before(c.latest) {
		g.From = c.latest
	}
	return g, true
}

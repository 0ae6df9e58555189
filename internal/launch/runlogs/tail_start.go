package runlogs

import (
	"context"

	"github.com/stepherd/stepherd/internal/logs"
	"github.com/stepherd/stepherd/internal/logview"
)

// tailStart finds the position in front of the last n lines of a container's log as it is now. That costs one reading of what
// the node has of it (10 MiB by default), in memory for n positions: the kubelet's own tail counts the pieces into which a
// runtime cuts long lines, and the rest of a log could not be taken up behind it.
func (v *session) tailStart(ctx context.Context, c logs.Container, n int) (logs.Position, error) {
	t := logview.NewTailFinder(n, v.since)
	err := logs.Read(ctx, v.source(), c, t)
	return t.Start(), err
}

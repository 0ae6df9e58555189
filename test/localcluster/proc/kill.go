package proc

import (
	"context"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Kill ends one process at once. It is no error when it has ended already.
func Kill(id Identity) { signal(id, unix.SIGKILL) }

// Terminate asks one process to end. It is no error when it has ended already.
func Terminate(id Identity) { signal(id, unix.SIGTERM) }

func signal(id Identity, s unix.Signal) {
	// FindProcess holds the process by a descriptor; only then is the start time compared, so the
	// signal cannot reach a later process with the same pid.
	p, err := os.FindProcess(id.PID)
	if err != nil {
		return
	}
	defer func() { _ = p.Release() }()
	if id.Running() {
		_ = p.Signal(s)
	}
}

// KillAll ends everything that find returns, again and again until it returns nothing, because a
// process may start another before it is reached itself.
func KillAll(ctx context.Context, find func() ([]Identity, error)) error {
	for {
		ids, err := find()
		if err != nil || len(ids) == 0 {
			return err
		}
		for _, id := range ids {
			Kill(id)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d processes did not end, the first is pid %d: %w", len(ids), ids[0].PID, ctx.Err())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

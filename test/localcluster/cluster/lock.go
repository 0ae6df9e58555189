package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/stepherd/stepherd/test/localcluster/plan"
)

// acquire takes the instance's lock. It is held by an open file, so it ends with the last process
// that has it: this one, or a child of it that has not yet left its record.
func acquire(ctx context.Context, i plan.Instance, out io.Writer) (*os.File, error) {
	said := false
	for {
		f, err := tryAcquire(i)
		if f != nil || err != nil {
			return f, err
		}
		if !said {
			fmt.Fprintf(out, "waiting for another localcluster command on %q to end\n", i.Name)
			said = true
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("another localcluster command is still at work on cluster %q: let it end and try again", i.Name)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// tryAcquire returns no file when somebody else has the lock, or removed it under our hands.
func tryAcquire(i plan.Instance) (*os.File, error) {
	if err := os.MkdirAll(plan.Root, 0o755); err != nil {
		return nil, fmt.Errorf("make %s: %w", plan.Root, err)
	}
	f, err := os.OpenFile(i.LockFile(), os.O_CREATE|os.O_RDWR, 0o644)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil // a `down` has just removed the folder
	}
	if err != nil {
		return nil, fmt.Errorf("open the lock of cluster %q: %w", i.Name, err)
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if err == nil && isCurrent(f, i.LockFile()) {
		return f, nil
	}
	_ = f.Close()
	if err != nil && !errors.Is(err, unix.EWOULDBLOCK) {
		return nil, fmt.Errorf("lock cluster %q: %w", i.Name, err)
	}
	return nil, nil
}

// isCurrent tells whether the locked file is still the one at its path.
func isCurrent(f *os.File, path string) bool {
	held, err := f.Stat()
	if err != nil {
		return false
	}
	now, err := os.Stat(path)
	return err == nil && os.SameFile(held, now)
}

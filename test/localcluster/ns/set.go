package ns

import (
	"fmt"
	"runtime"

	"golang.org/x/sys/unix"
)

// Set names the namespaces to be in by their pins; an empty one means the machine's own.
type Set struct {
	Net   string
	Mount string
}

// Do calls f on a thread that is in the namespaces. A process that f starts is born in them.
func (s Set) Do(f func() error) error {
	if s == (Set{}) {
		return f()
	}
	return onThread(func() error {
		if err := s.enter(); err != nil {
			return err
		}
		return f()
	})
}

// onThread runs f on a thread that ends with it, so that what f did to the thread is gone too.
func onThread(f func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the runtime then ends the thread with the goroutine
		done <- f()
	}()
	return <-done
}

func (s Set) enter() error {
	// Both are opened before either is entered: inside the mount namespace the paths mean nothing.
	net, err := openPin(s.Net)
	if err != nil {
		return err
	}
	defer unix.Close(net)
	mount, err := openPin(s.Mount)
	if err != nil {
		return err
	}
	defer unix.Close(mount)
	if net >= 0 {
		if err := unix.Setns(net, unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("enter network namespace %s: %w", s.Net, err)
		}
	}
	if mount < 0 {
		return nil
	}
	// The kernel refuses a mount namespace to a thread that shares its working folder.
	if err := unix.Unshare(unix.CLONE_FS); err != nil {
		return fmt.Errorf("prepare thread for mount namespace: %w", err)
	}
	if err := unix.Setns(mount, unix.CLONE_NEWNS); err != nil {
		return fmt.Errorf("enter mount namespace %s: %w", s.Mount, err)
	}
	return nil
}

func openPin(path string) (int, error) {
	if path == "" {
		return -1, nil
	}
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, fmt.Errorf("open namespace %s: %w", path, err)
	}
	return fd, nil
}

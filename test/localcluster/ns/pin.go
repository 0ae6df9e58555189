package ns

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// IsPinned tells whether a namespace is mounted on the file.
func IsPinned(path string) bool {
	var st unix.Statfs_t
	return unix.Statfs(path, &st) == nil && st.Type == unix.NSFS_MAGIC
}

// EnsureNet makes a network namespace unless it is there.
func EnsureNet(pin string) error {
	return ensure(pin, unix.CLONE_NEWNET, "net", func() error { return nil })
}

// EnsureMount makes a mount namespace unless it is there; setup mounts what is to be in it.
func EnsureMount(pin string, setup func() error) error {
	return ensure(pin, unix.CLONE_NEWNS, "mnt", setup)
}

func ensure(pin string, flag int, kind string, setup func() error) error {
	if IsPinned(pin) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(pin), 0o755); err != nil {
		return fmt.Errorf("make the folder of %s: %w", pin, err)
	}
	f, err := os.Create(pin)
	if err != nil {
		return fmt.Errorf("make %s: %w", pin, err)
	}
	_ = f.Close()
	return onThread(func() error {
		if err := unix.Unshare(flag); err != nil {
			return fmt.Errorf("make namespace %s: %w", pin, err)
		}
		if err := setup(); err != nil {
			return err
		}
		thread := fmt.Sprintf("/proc/%d/task/%d/ns/%s", os.Getpid(), unix.Gettid(), kind)
		return fromOutside(func() error { return bind(thread, pin) })
	})
}

// fromOutside runs f on another thread: a thread in a new mount namespace cannot mount outside it.
func fromOutside(f func() error) error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	return <-done
}

// EnsurePins mounts a small file system for pins of mount namespaces. It has to be private: the
// kernel refuses to mount a mount namespace where the mount would spread to others.
func EnsurePins(dir string) error {
	mounts, err := mountsBelow(dir)
	if err != nil {
		return err
	}
	if len(mounts) == 0 {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("make %s: %w", dir, err)
		}
		if err := unix.Mount("localcluster", dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "size=1m"); err != nil {
			return fmt.Errorf("mount %s: %w", dir, err)
		}
	}
	// Even when it was there: its maker may have been killed before this.
	if err := unix.Mount("", dir, "", unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make %s private: %w", dir, err)
	}
	return nil
}

// RemovePin ends the hold on a namespace and removes the file.
func RemovePin(pin string) error {
	for IsPinned(pin) {
		if err := unix.Unmount(pin, unix.MNT_DETACH); err != nil {
			return fmt.Errorf("unmount %s: %w", pin, err)
		}
	}
	if err := os.Remove(pin); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove namespace %s: %w", pin, err)
	}
	return nil
}

func bind(from, to string) error {
	if err := unix.Mount(from, to, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("mount %s on %s: %w", from, to, err)
	}
	return nil
}

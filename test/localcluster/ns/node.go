package ns

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// NodeRoot says where the parts of a node's file system come from.
type NodeRoot struct {
	State string // the instance's folder, seen inside under the same path
	Dir   string // the node's own folder, below State
}

// The kubelet writes these if they differ, and they are the whole machine's. Inside a node each is
// an ordinary file that already has the value.
var sysctls = map[string]string{
	"/proc/sys/vm/overcommit_memory":      "1",
	"/proc/sys/vm/panic_on_oom":           "0",
	"/proc/sys/kernel/panic":              "10",
	"/proc/sys/kernel/panic_on_oops":      "1",
	"/proc/sys/kernel/keys/root_maxkeys":  "1000000",
	"/proc/sys/kernel/keys/root_maxbytes": "25000000",
}

// EnsureNode makes the mount namespace of a node unless it is there.
func EnsureNode(pin string, r NodeRoot) error {
	if IsPinned(pin) {
		return nil
	}
	for _, dir := range []string{r.Dir + "/var-log", filepath.Join(r.Dir, "var-lib", strings.TrimPrefix(r.State, "/var/lib"))} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("make node folder: %w", err)
		}
	}
	return EnsureMount(pin, r.mount)
}

func (r NodeRoot) mount() error {
	// Unmounting on the machine is to be seen inside, mounting inside is not to be seen outside.
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_SLAVE, ""); err != nil {
		return fmt.Errorf("detach node mounts from the machine's: %w", err)
	}
	resolver, err := filepath.EvalSymlinks("/etc/resolv.conf")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("find resolv.conf: %w", err)
	}
	for _, step := range []func() error{
		r.mountVarLib,
		func() error { return bind(r.Dir+"/var-log", "/var/log") },
		mountRun,
		r.mountSysctls,
		func() error { return r.hideResolver(resolver) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// mountVarLib puts the node's folder over /var/lib, with the instance's folder at its usual place.
func (r NodeRoot) mountVarLib() error {
	varLib := r.Dir + "/var-lib"
	if err := bind(r.State, filepath.Join(varLib, strings.TrimPrefix(r.State, "/var/lib"))); err != nil {
		return err
	}
	if err := unix.Mount(varLib, "/var/lib", "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("mount %s on /var/lib: %w", varLib, err)
	}
	return nil
}

func mountRun() error {
	if err := unix.Mount("localcluster", "/run", "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=755"); err != nil {
		return fmt.Errorf("mount /run of the node: %w", err)
	}
	return nil
}

func (r NodeRoot) mountSysctls() error {
	for path, value := range sysctls {
		if err := r.cover(path, value+"\n"); err != nil {
			return err
		}
	}
	return nil
}

// hideResolver gives the node an empty resolv.conf, or else the runtime would copy the machine's
// into every Pod. The real file may lie in /run, which is empty by now.
func (r NodeRoot) hideResolver(path string) error {
	if path == "" {
		return nil
	}
	if _, err := os.Stat(path); err == nil {
		return r.cover(path, "")
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("make folder of resolv.conf: %w", err)
	}
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		return fmt.Errorf("make resolv.conf: %w", err)
	}
	return nil
}

// cover mounts a file of our own over one of the machine's.
func (r NodeRoot) cover(path, content string) error {
	own := filepath.Join(r.Dir, "covers", path)
	if err := os.MkdirAll(filepath.Dir(own), 0o755); err != nil {
		return fmt.Errorf("make cover of %s: %w", path, err)
	}
	if err := os.WriteFile(own, []byte(content), 0o644); err != nil {
		return fmt.Errorf("make cover of %s: %w", path, err)
	}
	return bind(own, path)
}

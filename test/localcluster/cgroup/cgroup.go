// Package cgroup makes and removes the cgroups below which an instance's Pods live.
//
// It knows version 1 (one hierarchy for each controller, perhaps a version 2 beside them) and
// version 2 alone. It sets no limits; that is the kubelet's work.
//
// Invariant: only folders at or below the given path are touched. The processes of the cluster
// itself stay in the cgroup of the process that started them.
package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// hierarchies lists where cgroup file systems are mounted.
func hierarchies() ([]string, error) {
	data, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, fmt.Errorf("list cgroup hierarchies: %w", err)
	}
	return parseHierarchies(string(data)), nil
}

func parseHierarchies(mountinfo string) []string {
	var found []string
	for line := range strings.Lines(mountinfo) {
		mount, kind, ok := strings.Cut(line, " - ")
		fields := strings.Fields(mount)
		if !ok || len(fields) < 5 || !strings.HasPrefix(kind, "cgroup") {
			continue
		}
		if !slices.Contains(found, fields[4]) {
			found = append(found, fields[4])
		}
	}
	return found
}

// Ensure makes the cgroup in every hierarchy, with its parents.
func Ensure(path string) error {
	roots, err := hierarchies()
	if err != nil {
		return err
	}
	for _, root := range roots {
		dir := root
		for part := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
			parent := dir
			dir = filepath.Join(dir, part)
			if err := ensureChild(parent, dir); err != nil {
				return err
			}
		}
	}
	return nil
}

func ensureChild(parent, dir string) error {
	if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("make cgroup: %w", err)
	}
	// Version 1: a new cpuset is empty and takes no process until it is given CPUs and memory.
	for _, file := range []string{"cpuset.cpus", "cpuset.mems"} {
		if err := inherit(parent, dir, file); err != nil {
			return err
		}
	}
	return delegate(parent)
}

func inherit(parent, dir, file string) error {
	if _, err := os.Stat(filepath.Join(parent, "cgroup.controllers")); err == nil {
		return nil // version 2 inherits by itself
	}
	own, err := readIfThere(filepath.Join(dir, file))
	if err != nil || own != "" {
		return err // set already
	}
	value, err := readIfThere(filepath.Join(parent, file))
	if err != nil || value == "" {
		return err // not the hierarchy of cpusets
	}
	if err := os.WriteFile(filepath.Join(dir, file), []byte(value), 0o644); err != nil {
		return fmt.Errorf("set %s: %w", file, err)
	}
	return nil
}

// delegate hands a version 2 cgroup's controllers to its children.
func delegate(dir string) error {
	controllers, err := readIfThere(filepath.Join(dir, "cgroup.controllers"))
	if err != nil {
		return err
	}
	for c := range strings.FieldsSeq(controllers) { // none in version 1
		if err := os.WriteFile(filepath.Join(dir, "cgroup.subtree_control"), []byte("+"+c), 0o644); err != nil {
			return fmt.Errorf("hand cgroup controller %s to the children of %s: %w", c, dir, err)
		}
	}
	return nil
}

// readIfThere returns nothing for a file that this kind of cgroup does not have, or when the
// cgroup has just gone (the kernel then says ENODEV).
func readIfThere(path string) (string, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENODEV) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read cgroup: %w", err)
	}
	return strings.TrimSpace(string(data)), nil
}

// Processes lists the pids at and below the cgroup in all hierarchies.
func Processes(path string) ([]int, error) {
	var pids []int
	err := walk(path, func(dir string) error {
		data, err := readIfThere(filepath.Join(dir, "cgroup.procs"))
		if err != nil {
			return err
		}
		for field := range strings.FieldsSeq(data) {
			if pid, err := strconv.Atoi(field); err == nil && !slices.Contains(pids, pid) {
				pids = append(pids, pid)
			}
		}
		return nil
	})
	return pids, err
}

// Remove removes the cgroup and all below it. Its processes must have ended.
func Remove(path string) error {
	return walk(path, func(dir string) error {
		if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove cgroup: %w", err)
		}
		return nil
	})
}

// walk visits the cgroup in every hierarchy, children before parents.
func walk(path string, visit func(dir string) error) error {
	roots, err := hierarchies()
	if err != nil {
		return err
	}
	for _, root := range roots {
		if err := walkDir(filepath.Join(root, path), visit); err != nil {
			return err
		}
	}
	return nil
}

func walkDir(dir string, visit func(string) error) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("list cgroup: %w", err)
	}
	for _, e := range entries {
		if e.IsDir() {
			if err := walkDir(filepath.Join(dir, e.Name()), visit); err != nil {
				return err
			}
		}
	}
	return visit(dir)
}

// Thaw lets frozen processes go on: in version 1 a frozen one does not even see SIGKILL.
func Thaw(path string) error {
	return walk(path, func(dir string) error {
		state := filepath.Join(dir, "freezer.state")
		if now, err := readIfThere(state); err != nil || now == "" || now == "THAWED" {
			return err
		}
		if err := os.WriteFile(state, []byte("THAWED"), 0); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("thaw cgroup: %w", err)
		}
		return nil
	})
}

package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/stepherd/stepherd/internal/podspec"
)

// driver is a driver's process on this machine: containers are processes like others.
type driver struct {
	pid              int
	run, pod, podUID string
	node             string
}

// findDrivers gives the drivers of a cluster's namespace, by run. A process that goes away meanwhile is none.
func findDrivers(cluster, namespace string) []driver {
	envs, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		return nil // the pattern is right
	}
	var out []driver
	for _, env := range envs {
		dir := filepath.Dir(env)
		pid, err := strconv.Atoi(filepath.Base(dir))
		if err != nil {
			continue
		}
		environ, err := os.ReadFile(env)
		if err != nil {
			continue
		}
		d, ok := driverOf(environ, namespace)
		if !ok {
			continue
		}
		cgroups, err := os.ReadFile(filepath.Join(dir, "cgroup"))
		if err != nil {
			continue
		}
		if d.node = nodeOf(cgroups, cluster); d.node != "" {
			d.pid = pid
			out = append(out, d)
		}
	}
	slices.SortFunc(out, func(a, b driver) int { return cmp.Or(cmp.Compare(a.run, b.run), cmp.Compare(a.pid, b.pid)) })
	return out
}

// driverOf reads a process's environment, in which its Pod tells a driver who it is.
func driverOf(environ []byte, namespace string) (driver, bool) {
	vars := map[string]string{}
	for _, entry := range bytes.Split(environ, []byte{0}) {
		if name, value, ok := bytes.Cut(entry, []byte("=")); ok {
			vars[string(name)] = string(value)
		}
	}
	d := driver{run: vars[podspec.EnvRun], pod: vars[podspec.EnvPodName], podUID: vars[podspec.EnvPodUID]}
	return d, vars[podspec.EnvNamespace] == namespace && d.run != "" && d.podUID != ""
}

// nodeOf reads a process's cgroups: all Pods of a node of a local cluster are below one that is called after it.
func nodeOf(cgroups []byte, cluster string) string {
	m := regexp.MustCompile(`/localcluster-` + regexp.QuoteMeta(cluster) + `/(node-[0-9]+)/`).FindSubmatch(cgroups)
	if m == nil {
		return ""
	}
	return string(m[1])
}

// signal reaches that very process or none: the process is held by a descriptor before it is looked at again.
func (d driver) signal(s syscall.Signal) error {
	p, err := os.FindProcess(d.pid)
	if err != nil {
		return fmt.Errorf("hold process %d: %w", d.pid, err)
	}
	defer func() { _ = p.Release() }()
	if !d.alive() {
		return fmt.Errorf("process %d, the driver of run %s: %w", d.pid, d.run, os.ErrProcessDone)
	}
	return p.Signal(s)
}

// alive says whether the process is still that driver. Of one that has ended the environment is empty.
func (d driver) alive() bool {
	environ, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(d.pid), "environ"))
	return err == nil && bytes.Contains(environ, []byte(d.podUID))
}

// lookout knows the drivers as of half a second ago.
type lookout struct {
	seen atomic.Pointer[[]driver]
}

const lookEvery = 500 * time.Millisecond

// watch looks until the context ends, and shows each driver to met when it is new.
func (l *lookout) watch(ctx context.Context, find func() []driver, met func(driver)) {
	known := map[string]bool{}
	for {
		now := find()
		l.seen.Store(&now)
		for _, d := range now {
			if !known[d.podUID] {
				known[d.podUID] = true
				met(d)
			}
		}
		if pause(ctx, lookEvery) != nil {
			return
		}
	}
}

func (l *lookout) drivers() []driver {
	if seen := l.seen.Load(); seen != nil {
		return *seen
	}
	return nil
}

// pause waits, or gives the cause why the context has ended.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}

package rig

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"syscall"

	"github.com/stepherd/stepherd/internal/podspec"
)

// Driver is a driver's process on this machine: containers are processes like others.
type Driver struct {
	PID              int
	Run, Pod, PodUID string
	Node             string
}

// FindDrivers gives the drivers of a cluster's namespace, by run. A process that goes away meanwhile is none.
func FindDrivers(cluster, namespace string) []Driver {
	envs, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		return nil // the pattern is right
	}
	var out []Driver
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
		if d.Node = nodeOf(cgroups, cluster); d.Node != "" {
			d.PID = pid
			out = append(out, d)
		}
	}
	slices.SortFunc(out, func(a, b Driver) int { return cmp.Or(cmp.Compare(a.Run, b.Run), cmp.Compare(a.PID, b.PID)) })
	return out
}

// driverOf reads a process's environment, in which its Pod tells a driver who it is.
func driverOf(environ []byte, namespace string) (Driver, bool) {
	vars := map[string]string{}
	for _, entry := range bytes.Split(environ, []byte{0}) {
		if name, value, ok := bytes.Cut(entry, []byte("=")); ok {
			vars[string(name)] = string(value)
		}
	}
	d := Driver{Run: vars[podspec.EnvRun], Pod: vars[podspec.EnvPodName], PodUID: vars[podspec.EnvPodUID]}
	return d, vars[podspec.EnvNamespace] == namespace && d.Run != "" && d.PodUID != ""
}

// nodeOf reads a process's cgroups: all Pods of a node of a local cluster are below one that is called after it.
func nodeOf(cgroups []byte, cluster string) string {
	m := regexp.MustCompile(`/localcluster-` + regexp.QuoteMeta(cluster) + `/(node-[0-9]+)/`).FindSubmatch(cgroups)
	if m == nil {
		return ""
	}
	return string(m[1])
}

// Signal reaches that very process or none: the process is held by a descriptor before it is looked at again.
func (d Driver) Signal(s syscall.Signal) error {
	p, err := os.FindProcess(d.PID)
	if err != nil {
		return fmt.Errorf("hold process %d: %w", d.PID, err)
	}
	defer func() { _ = p.Release() }()
	if !d.Alive() {
		return fmt.Errorf("process %d, the driver of run %s: %w", d.PID, d.Run, os.ErrProcessDone)
	}
	return p.Signal(s)
}

// Alive reports whether the process is still that driver. Of one that has ended the environment is empty.
func (d Driver) Alive() bool {
	environ, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(d.PID), "environ"))
	return err == nil && bytes.Contains(environ, []byte(d.PodUID))
}

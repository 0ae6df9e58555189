package main

import (
	"context"
	"debug/elf"
	"os/exec"
	"path"
	"strings"
	"time"
)

const (
	busyboxHome = "/bin/busybox"
	busyboxPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
)

// addBusybox installs a busybox and one link for each applet, where busybox itself places the applet, and
// a /tmp that all may write to.
func (t tree) addBusybox(binary string) error {
	if err := checkStatic(binary); err != nil {
		return err
	}
	list, err := listApplets(binary)
	if err != nil {
		return badInput("busybox %q does not list its applets (%v); give a busybox that runs on this machine", binary, err)
	}
	if err := t.addSource(source{host: binary, dest: busyboxHome}); err != nil {
		return err
	}
	if err := t.add("/tmp", entry{kind: folder, mode: 0o1777}); err != nil {
		return err
	}
	for _, applet := range appletPaths(string(list)) {
		if err := t.add(applet, entry{kind: link, mode: 0o777, target: busyboxHome}); err != nil {
			return err
		}
	}
	return nil
}

// listApplets does not wait for ever: a program that is no busybox may take the flag for a reason to read its input.
func listApplets(binary string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return exec.CommandContext(ctx, binary, "--list-full").Output()
}

// appletPaths reads the list of `busybox --list-full`: one path a line, without the leading slash.
func appletPaths(list string) []string {
	var paths []string
	for line := range strings.Lines(list) {
		applet := path.Join("/", strings.TrimSpace(line))
		if applet != "/" && applet != busyboxHome {
			paths = append(paths, applet)
		}
	}
	return paths
}

// checkStatic refuses a busybox that needs a loader and a C library, for the image has neither: each of its Pods
// would fail with "no such file or directory", which names the wrong file.
func checkStatic(binary string) error {
	file, err := elf.Open(binary)
	if err != nil {
		return badInput("busybox %q is not a program for Linux (%v); give the path of a static busybox", binary, reason(err))
	}
	defer file.Close()
	for _, segment := range file.Progs {
		if segment.Type == elf.PT_INTERP {
			return badInput("busybox %q is dynamically linked and would not start in an empty image; give a static one", binary)
		}
	}
	return nil
}

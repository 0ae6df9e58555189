package main

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// source is one SRC[:DEST] of the command line.
type source struct {
	host string // the file or folder on this machine
	dest string // the absolute path in the image; ends in / where a file is to go below it
}

func parseSources(args []string) ([]source, error) {
	sources := make([]source, 0, len(args))
	for _, arg := range args {
		s, err := parseSource(arg)
		if err != nil {
			return nil, err
		}
		sources = append(sources, s)
	}
	return sources, nil
}

// parseSource splits at the last colon, because a DEST with a colon is rarer than a folder with one.
func parseSource(arg string) (source, error) {
	host, dest := arg, ""
	if i := strings.LastIndex(arg, ":"); i >= 0 {
		host, dest = arg[:i], arg[i+1:]
		if !path.IsAbs(dest) {
			return source{}, badInput("destination %q of source %q is not absolute; write %s:/%s", dest, host, host, dest)
		}
	}
	if host == "" {
		return source{}, badInput("source %q names no file; write SRC or SRC:DEST", arg)
	}
	if dest == "" {
		absolute, err := filepath.Abs(host)
		if err != nil {
			return source{}, badInput("source %q has no name to place it under (%v); write SRC:DEST", host, err)
		}
		dest = "/" + filepath.Base(absolute)
	}
	return source{host: host, dest: dest}, nil
}

// collect gathers everything that the image holds.
func (o *options) collect() (tree, error) {
	files := tree{}
	if o.busybox != "" {
		if err := files.addBusybox(o.busybox); err != nil {
			return nil, err
		}
	}
	for _, s := range o.sources {
		if err := files.addSource(s); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// addSource follows SRC itself when it is a symbolic link, but keeps the links inside a folder as they are: they
// usually point to each other.
func (t tree) addSource(s source) error {
	host, err := filepath.EvalSymlinks(s.host)
	if err != nil {
		return badInput("source %q cannot be read (%v); make it first, or correct the path", s.host, reason(err))
	}
	info, err := os.Stat(host)
	if err != nil {
		return badInput("source %q cannot be read (%v); make it first, or correct the path", s.host, reason(err))
	}
	if !info.IsDir() {
		dest := s.dest
		if strings.HasSuffix(dest, "/") {
			dest = path.Join(dest, filepath.Base(s.host))
		}
		return t.addHost(host, dest, info)
	}
	return filepath.WalkDir(host, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return badInput("folder %q cannot be read (%v); correct its rights or leave it out", s.host, reason(err))
		}
		below, err := filepath.Rel(host, file)
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return badInput("source %q cannot be read (%v); try again when nothing changes it", file, reason(err))
		}
		return t.addHost(file, path.Join(s.dest, filepath.ToSlash(below)), info)
	})
}

// addHost adds one file, folder or link of this machine.
func (t tree) addHost(file, dest string, info fs.FileInfo) error {
	switch {
	case info.IsDir():
		return t.add(dest, entry{kind: folder, mode: 0o755})
	case info.Mode().IsRegular():
		return t.add(dest, entry{kind: regular, mode: plainMode(info.Mode()), host: file, size: info.Size()})
	case info.Mode()&fs.ModeSymlink != 0:
		target, err := os.Readlink(file)
		if err != nil {
			return badInput("link %q cannot be read (%v); correct it or leave it out", file, reason(err))
		}
		return t.add(dest, entry{kind: link, mode: 0o777, target: target})
	}
	return badInput("source %q is neither a file, a folder nor a link; leave it out", file)
}

// plainMode keeps of a file's mode only whether it can be executed: the rest depends on the umask of the one who
// made the file, and would make two builds of the same commit differ.
func plainMode(mode fs.FileMode) int64 {
	if mode&0o111 != 0 {
		return 0o755
	}
	return 0o644
}

// reason drops the operation and the path of a file error: the message around it names the file as it was typed.
func reason(err error) error {
	var pathErr *fs.PathError
	var linkErr *os.LinkError
	switch {
	case errors.As(err, &pathErr):
		return pathErr.Err
	case errors.As(err, &linkErr):
		return linkErr.Err
	}
	return err
}

package main

import (
	"archive/tar"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"time"
)

type kind int

const (
	regular kind = iota
	folder
	link
)

// entry is one file, folder or link of the image.
type entry struct {
	kind   kind
	mode   int64
	target string // of a link
	host   string // the file on this machine that holds the content
	size   int64
}

// tree is what the image holds, by path without the leading slash.
type tree map[string]entry

// add puts an entry and the folders above it. A folder may be named twice; anything else twice is a mistake of the
// caller that would otherwise show only as the wrong file in the container.
func (t tree) add(dest string, e entry) error {
	key := strings.TrimPrefix(path.Clean("/"+dest), "/")
	if key == "" {
		if e.kind == folder {
			return nil
		}
		return badInput("a file cannot be placed at /; write SRC:/NAME")
	}
	if above := path.Dir(key); above != "." {
		if err := t.add(above, entry{kind: folder, mode: 0o755}); err != nil {
			return err
		}
	}
	known, ok := t[key]
	switch {
	case !ok:
		t[key] = e
	case known.kind == folder && e.kind == folder:
	case known.kind == folder || e.kind == folder:
		return badInput("/%s would be a folder and a file at once; give one of the two another DEST", key)
	default:
		return badInput("two sources would be placed at /%s; give one of them another DEST", key)
	}
	return nil
}

// writeTar writes the layer: sorted, owned by root, dated 1970, so that only content changes its digest.
func (t tree) writeTar(w io.Writer) error {
	out := tar.NewWriter(w)
	for _, key := range slices.Sorted(maps.Keys(t)) {
		if err := writeEntry(out, key, t[key]); err != nil {
			return err
		}
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("finish the layer: %w", err)
	}
	return nil
}

func writeEntry(out *tar.Writer, key string, e entry) error {
	header := &tar.Header{Name: key, Mode: e.mode, ModTime: time.Unix(0, 0)}
	switch e.kind {
	case folder:
		header.Typeflag, header.Name = tar.TypeDir, key+"/"
	case link:
		header.Typeflag, header.Linkname = tar.TypeSymlink, e.target
	default:
		header.Typeflag, header.Size = tar.TypeReg, e.size
	}
	if err := out.WriteHeader(header); err != nil {
		return fmt.Errorf("add /%s to the layer: %w", key, err)
	}
	if e.kind != regular {
		return nil
	}
	return copyFile(out, e.host)
}

func copyFile(out io.Writer, host string) error {
	file, err := os.Open(host)
	if err != nil {
		return badInput("source %q cannot be read (%v); correct its rights or leave it out", host, reason(err))
	}
	defer file.Close()
	if _, err := io.Copy(out, file); err != nil {
		return fmt.Errorf("copy source %q into the layer: %w", host, err)
	}
	return nil
}

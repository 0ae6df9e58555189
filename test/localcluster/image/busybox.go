// Package image makes the images that every node has from the start: busybox and pause. Both are
// Debian's static busybox and nothing else, so that no registry is needed.
//
// It does not load them.
package image

import (
	"archive/tar"
	"bytes"
	"context"
	"debug/elf"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"runtime"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// Busybox is Debian's static build.
const Busybox = "/bin/busybox"

// The names of the images. The one with a version is never pulled by Kubernetes' default policy.
const (
	Pause  = "docker.io/localcluster/pause:1"
	Shell  = "docker.io/localcluster/busybox:1"
	Latest = "docker.io/library/busybox:latest"
)

// All lists the names.
var All = []string{Pause, Shell, Latest}

// BusyboxIsStatic tells whether the program needs nothing but itself.
func BusyboxIsStatic() bool {
	program, err := elf.Open(Busybox)
	if err != nil {
		return false
	}
	defer program.Close()
	libraries, err := program.ImportedLibraries()
	return err == nil && len(libraries) == 0
}

// Write writes an archive with all the images.
func Write(ctx context.Context, to io.Writer) error {
	files, err := busyboxFiles(ctx)
	if err != nil {
		return err
	}
	shell, err := build(files, v1.Config{
		Cmd: []string{"sh"},
		Env: []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
	})
	if err != nil {
		return err
	}
	// Pause holds a Pod's namespaces open. The runtime ends it with SIGKILL, so it needs no handler.
	pause, err := build(files, v1.Config{Entrypoint: []string{"/bin/busybox", "sleep", "2147483647"}})
	if err != nil {
		return err
	}
	images := map[name.Tag]v1.Image{}
	for reference, img := range map[string]v1.Image{Pause: pause, Shell: shell, Latest: shell} {
		tag, err := name.NewTag(reference)
		if err != nil {
			return fmt.Errorf("name image %s: %w", reference, err)
		}
		images[tag] = img
	}
	if err := tarball.MultiWrite(images, to); err != nil {
		return fmt.Errorf("write image archive: %w", err)
	}
	return nil
}

func build(files []byte, config v1.Config) (v1.Image, error) {
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(files)), nil
	})
	if err != nil {
		return nil, fmt.Errorf("make image layer: %w", err)
	}
	img, err := mutate.AppendLayers(empty.Image, layer)
	if err != nil {
		return nil, fmt.Errorf("add image layer: %w", err)
	}
	file, err := img.ConfigFile()
	if err != nil {
		return nil, fmt.Errorf("read image configuration: %w", err)
	}
	file = file.DeepCopy()
	// Without a platform containerd imports nothing and says nothing.
	file.OS, file.Architecture, file.Config = "linux", runtime.GOARCH, config
	if img, err = mutate.ConfigFile(img, file); err != nil {
		return nil, fmt.Errorf("set image configuration: %w", err)
	}
	return img, nil
}

// busyboxFiles is a layer: the program, a link for each of its applets, and what a shell expects.
func busyboxFiles(ctx context.Context) ([]byte, error) {
	program, err := os.ReadFile(Busybox)
	if err != nil {
		return nil, fmt.Errorf("read busybox: %w", err)
	}
	list, err := exec.CommandContext(ctx, Busybox, "--list-full").Output()
	if err != nil {
		return nil, fmt.Errorf("list the applets of busybox: %w", err)
	}
	l := layer{}
	l.folder("bin", 0o755)
	l.file("bin/busybox", 0o755, program)
	l.folder("tmp", 0o1777)
	l.folder("root", 0o700)
	l.folder("etc", 0o755)
	l.file("etc/passwd", 0o644, []byte("root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n"))
	l.file("etc/group", 0o644, []byte("root:x:0:\nnogroup:x:65534:\n"))
	for _, applet := range strings.Fields(string(list)) {
		if applet != "bin/busybox" {
			l.folder(path.Dir(applet), 0o755)
			l.link(applet, "/bin/busybox")
		}
	}
	return l.bytes()
}

// layer collects files; times are left at zero, so the same busybox gives the same image.
type layer struct {
	buf     bytes.Buffer
	tar     *tar.Writer
	folders map[string]bool
	err     error
}

func (l *layer) add(h tar.Header, data []byte) {
	if l.tar == nil {
		l.tar, l.folders = tar.NewWriter(&l.buf), map[string]bool{}
	}
	if l.err == nil {
		l.err = l.tar.WriteHeader(&h)
	}
	if l.err == nil && len(data) > 0 {
		_, l.err = l.tar.Write(data)
	}
}

func (l *layer) folder(name string, mode int64) {
	if name == "." || l.folders[name] {
		return
	}
	l.folder(path.Dir(name), 0o755)
	l.add(tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: mode}, nil)
	l.folders[name] = true
}

func (l *layer) file(name string, mode int64, data []byte) {
	l.add(tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: mode, Size: int64(len(data))}, data)
}

func (l *layer) link(name, target string) {
	l.add(tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: target, Mode: 0o777}, nil)
}

func (l *layer) bytes() ([]byte, error) {
	if l.err == nil {
		l.err = l.tar.Close()
	}
	if l.err != nil {
		return nil, fmt.Errorf("make busybox layer: %w", l.err)
	}
	return l.buf.Bytes(), nil
}

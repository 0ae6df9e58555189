package main

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// listing describes each entry of the image's layer in one line.
func listing(t *testing.T, img v1.Image) []string {
	t.Helper()
	layers, err := img.Layers()
	if err != nil || len(layers) != 1 {
		t.Fatalf("%d layers, %v", len(layers), err)
	}
	content, err := layers[0].Uncompressed()
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	var lines []string
	for reader := tar.NewReader(content); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return lines
		}
		if err != nil {
			t.Fatal(err)
		}
		if header.Uid != 0 || header.Gid != 0 || header.ModTime.Unix() != 0 {
			t.Errorf("%s belongs to %d:%d and is of %v", header.Name, header.Uid, header.Gid, header.ModTime)
		}
		data, err := io.ReadAll(reader)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, fmt.Sprintf("%c %04o %s %s%s", header.Typeflag, header.Mode, header.Name, header.Linkname, data))
	}
}

func TestSourcesArePlaced(t *testing.T) {
	app := sources(t)
	img, _ := readLayout(t, buildWith(t, "--tag", "a:1", app+":/opt/app", app+"/data/notes.txt", app+"/run:/usr/bin/"))
	want := []string{
		"0 0644 notes.txt some notes",
		"5 0755 opt/ ",
		"5 0755 opt/app/ ",
		"5 0755 opt/app/data/ ",
		"0 0644 opt/app/data/notes.txt some notes",
		"0 0755 opt/app/run program",
		"2 0777 opt/app/start run",
		"5 0755 usr/ ",
		"5 0755 usr/bin/ ",
		"0 0755 usr/bin/run program",
	}
	if got := listing(t, img); !slices.Equal(got, want) {
		t.Errorf("the layer holds\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestFolderAtTheRoot(t *testing.T) {
	img, _ := readLayout(t, buildWith(t, "--tag", "a:1", sources(t)+":/"))
	want := []string{"5 0755 data/ ", "0 0644 data/notes.txt some notes", "0 0755 run program", "2 0777 start run"}
	if got := listing(t, img); !slices.Equal(got, want) {
		t.Errorf("the layer holds %q, want %q", got, want)
	}
}

func TestAppletPaths(t *testing.T) {
	got := appletPaths("bin/busybox\nbin/sh\n\nusr/bin/awk\nlinuxrc\n")
	if want := []string{"/bin/sh", "/usr/bin/awk", "/linuxrc"}; !slices.Equal(got, want) {
		t.Errorf("applets %q, want %q", got, want)
	}
}

func TestBusyboxImage(t *testing.T) {
	const binary = "/bin/busybox"
	if _, err := os.Stat(binary); err != nil {
		t.Skipf("this machine has no %s", binary)
	}
	if err := checkStatic(binary); err != nil {
		t.Skip(err)
	}
	img, _ := readLayout(t, buildWith(t, "--tag", "busybox:1", "--busybox", binary))
	names := map[string]bool{}
	for _, line := range listing(t, img) {
		names[strings.Join(strings.Fields(line)[:3], " ")] = true
	}
	for _, want := range []string{"0 0755 bin/busybox", "2 0777 bin/sh", "2 0777 usr/bin/awk", "5 1777 tmp/"} {
		if !names[want] {
			t.Errorf("the layer lacks %q", want)
		}
	}
	file, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(file.Config.Env, []string{busyboxPath}) || !slices.Equal(file.Config.Cmd, []string{"sh"}) {
		t.Errorf("environment %q, command %q", file.Config.Env, file.Config.Cmd)
	}
}

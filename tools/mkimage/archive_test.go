package main

import (
	"archive/tar"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// buildWith makes an image of the sample sources and gives the archive's path.
func buildWith(t *testing.T, args ...string) string {
	t.Helper()
	archive := filepath.Join(t.TempDir(), "image.tar")
	args = append([]string{"--output", archive}, args...)
	if got := mkimage(t, args...); got.code != exitOK {
		t.Fatalf("mkimage %q: exit code %d: %s", args, got.code, got.stderr)
	}
	return archive
}

// unpack puts the archive's files below a folder, as a reader of an image layout wants them.
func unpack(t *testing.T, archive string) string {
	t.Helper()
	dir := t.TempDir()
	file, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for reader := tar.NewReader(file); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return dir
		}
		if err != nil {
			t.Fatal(err)
		}
		if header.Typeflag != tar.TypeReg {
			continue
		}
		data, err := io.ReadAll(reader)
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, header.Name), string(data), 0o644)
	}
}

// readLayout reads the one image of an OCI image layout, and how the index describes it.
func readLayout(t *testing.T, archive string) (v1.Image, v1.Descriptor) {
	t.Helper()
	index, err := layout.ImageIndexFromPath(unpack(t, archive))
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(index); err != nil {
		t.Fatalf("the image layout is not valid: %v", err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	if len(manifest.Manifests) != 1 {
		t.Fatalf("the index lists %d images", len(manifest.Manifests))
	}
	img, err := index.Image(manifest.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	return img, manifest.Manifests[0]
}

func TestLayoutNamesTheImageInFull(t *testing.T) {
	for tag, want := range map[string][2]string{
		"localhost/stepherd/driver:dev": {"localhost/stepherd/driver:dev", "dev"},
		"registry.example:5000/a/b:1.2": {"registry.example:5000/a/b:1.2", "1.2"},
		"busybox":                       {"docker.io/library/busybox:latest", "latest"},
		"localcluster/busybox:1":        {"docker.io/localcluster/busybox:1", "1"},
	} {
		_, descriptor := readLayout(t, buildWith(t, "--tag", tag, sources(t)))
		if got := descriptor.Annotations["io.containerd.image.name"]; got != want[0] {
			t.Errorf("--tag %s: full name %q, want %q", tag, got, want[0])
		}
		if got := descriptor.Annotations["org.opencontainers.image.ref.name"]; got != want[1] {
			t.Errorf("--tag %s: short name %q, want %q", tag, got, want[1])
		}
	}
}

func TestLayoutAndDockerManifestHoldTheSameImage(t *testing.T) {
	archive := buildWith(t, "--tag", "localhost/stepherd/driver:dev", sources(t))
	fromLayout, _ := readLayout(t, archive)
	tag, err := name.NewTag("localhost/stepherd/driver:dev")
	if err != nil {
		t.Fatal(err)
	}
	fromDocker, err := tarball.ImageFromPath(archive, &tag)
	if err != nil {
		t.Fatalf("the docker form cannot be read under its tag: %v", err)
	}
	if err := validate.Image(fromDocker); err != nil {
		t.Errorf("the docker form is not valid: %v", err)
	}
	one, err := fromLayout.ConfigName()
	if err != nil {
		t.Fatal(err)
	}
	two, err := fromDocker.ConfigName()
	if err != nil {
		t.Fatal(err)
	}
	if one != two {
		t.Errorf("the layout has config %s, the docker form %s", one, two)
	}
}

func TestConfigCarriesTheFlags(t *testing.T) {
	img, descriptor := readLayout(t, buildWith(t, "--tag", "a:1", sources(t),
		"--user", "65532:65532", "--entrypoint", "/app/run,--fast", "--cmd", "run", "--env", "A=1", "--env", "B=x=y",
		"--workdir", "/app", "--label", "org.example=yes", "--platform", "linux/arm64", "--created", "2024-02-03T04:05:06Z"))
	file, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	config := file.Config
	for what, same := range map[string]bool{
		"user":        config.User == "65532:65532",
		"entry point": slices.Equal(config.Entrypoint, []string{"/app/run", "--fast"}),
		"command":     slices.Equal(config.Cmd, []string{"run"}),
		"environment": slices.Equal(config.Env, []string{"A=1", "B=x=y"}),
		"folder":      config.WorkingDir == "/app",
		"label":       config.Labels["org.example"] == "yes",
		"platform":    file.OS == "linux" && file.Architecture == "arm64",
		"time":        file.Created.Equal(time.Date(2024, 2, 3, 4, 5, 6, 0, time.UTC)),
	} {
		if !same {
			t.Errorf("the %s is not as given: %+v", what, file)
		}
	}
	if !descriptor.Platform.Equals(v1.Platform{OS: "linux", Architecture: "arm64"}) {
		t.Errorf("the index says platform %v", descriptor.Platform)
	}
}

func TestSourceDateEpochIsTheDefaultTime(t *testing.T) {
	archive := filepath.Join(t.TempDir(), "o.tar")
	got := mkimageWithEnv(t, map[string]string{"SOURCE_DATE_EPOCH": "86400"}, "--tag", "a:1", "--output", archive, sources(t))
	if got.code != exitOK {
		t.Fatal(got.stderr)
	}
	img, _ := readLayout(t, archive)
	file, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if want := time.Unix(86400, 0); !file.Created.Equal(want) {
		t.Errorf("created %v, want %v", file.Created, want)
	}
}

package main

import (
	"bytes"
	"crypto/sha256"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// result is what a caller sees of one execution.
type result struct {
	code           int
	stdout, stderr string
}

func mkimage(t *testing.T, args ...string) result {
	t.Helper()
	return mkimageWithEnv(t, nil, args...)
}

func mkimageWithEnv(t *testing.T, env map[string]string, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := run(args, func(key string) string { return env[key] }, &stdout, &stderr)
	return result{code: code, stdout: stdout.String(), stderr: stderr.String()}
}

// sources makes a folder with a program, a text and a link, and gives its path.
func sources(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "app", "run"), "program", 0o700)
	write(t, filepath.Join(dir, "app", "data", "notes.txt"), "some notes", 0o600)
	if err := os.Symlink("run", filepath.Join(dir, "app", "start")); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "app")
}

func write(t *testing.T, path, content string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
}

func checksum(t *testing.T, path string) [32]byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return sha256.Sum256(data)
}

func TestSameInputGivesSameBytes(t *testing.T) {
	out := t.TempDir()
	var sums [][32]byte
	for _, name := range []string{"one.tar", "two.tar"} {
		// Each round makes its sources anew, so that their times, inodes and order on disk differ.
		app := sources(t)
		file := filepath.Join(out, name)
		got := mkimage(t, "--tag", "example.org/app:1", "--output", file, "--label", "b=2", "--label", "a=1", app+":/app")
		if got.code != exitOK {
			t.Fatalf("exit code %d: %s", got.code, got.stderr)
		}
		sums = append(sums, checksum(t, file))
	}
	if sums[0] != sums[1] {
		t.Error("two images of the same input differ")
	}
}

func TestModesDependOnExecutableBitOnly(t *testing.T) {
	dir := t.TempDir()
	var sums [][32]byte
	for _, mode := range []os.FileMode{0o600, 0o664} {
		file := filepath.Join(dir, "notes")
		write(t, file, "notes", mode)
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
		archive := filepath.Join(dir, "out.tar")
		if got := mkimage(t, "--tag", "a:1", "--output", archive, file); got.code != exitOK {
			t.Fatal(got.stderr)
		}
		sums = append(sums, checksum(t, archive))
	}
	if sums[0] != sums[1] {
		t.Error("the umask of the caller shows in the image")
	}
}

func TestPrintsDigestReferenceAndSize(t *testing.T) {
	got := mkimage(t, "--tag", "localhost/stepherd/driver:dev", "--output", filepath.Join(t.TempDir(), "o.tar"), sources(t))
	fields := strings.Fields(got.stdout)
	if got.code != exitOK || len(fields) < 2 || got.stderr != "" {
		t.Fatalf("exit code %d, stdout %q, stderr %q", got.code, got.stdout, got.stderr)
	}
	if !strings.HasPrefix(fields[0], "localhost/stepherd/driver@sha256:") {
		t.Errorf("first field %q is not a reference by digest", fields[0])
	}
}

func TestMaxSizeLeavesTheOldOutput(t *testing.T) {
	archive := filepath.Join(t.TempDir(), "out.tar")
	write(t, archive, "the old one", 0o644)
	got := mkimage(t, "--tag", "a:1", "--output", archive, "--max-size", "10B", sources(t))
	if got.code != exitFailed || !strings.Contains(got.stderr, "over the limit of 10 B") || got.stdout != "" {
		t.Errorf("exit code %d, stdout %q, stderr %q", got.code, got.stdout, got.stderr)
	}
	if data, _ := os.ReadFile(archive); string(data) != "the old one" {
		t.Error("a refused image replaced the output")
	}
	if got := mkimage(t, "--tag", "a:1", "--output", archive, "--max-size", "1MiB", sources(t)); got.code != exitOK {
		t.Errorf("an image below the limit is refused: %s", got.stderr)
	}
}

func TestHelpGoesToStdout(t *testing.T) {
	got := mkimage(t, "--help")
	if got.code != exitOK || !strings.HasPrefix(got.stdout, "usage: mkimage") || got.stderr != "" {
		t.Errorf("exit code %d, stdout %q, stderr %q", got.code, got.stdout, got.stderr)
	}
}

package archive

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stepherd/stepherd/internal/logs"
)

// TestDirectory: a folder keeps a log as files that zcat shows.
func TestDirectory(t *testing.T) {
	root := t.TempDir()
	disk := Dir{Root: root}
	w := NewWriter(disk, Folder("ml", "iris-7k2xq", "3f1c9a52-8a0e-4c57-9d2b-6e1f0a7b8c9d"))
	for _, whole := range []bool{false, true} {
		l, err := w.Open("train[3]", 2, "main")
		if err != nil {
			t.Fatal(err)
		}
		some := three()
		if !whole {
			some = some[:2]
		}
		if err := logs.Read(t.Context(), some, logs.Container{Pod: "p", Name: "main", From: l.Position()}, l); err != nil {
			t.Fatal(err)
		}
		if err := l.Close(whole); err != nil {
			t.Fatal(err)
		}
	}
	folder := filepath.Join(root, "ml", "iris-7k2xq-3f1c9a52", "train%5B3%5D", "2")
	out, err := exec.CommandContext(t.Context(), "zcat", filepath.Join(folder, "main.log.gz")).CombinedOutput()
	if err != nil || string(out) != three().since(time.Time{}) {
		t.Errorf("zcat: %v\n%s", err, out)
	}
	names, err := disk.List("ml/iris-7k2xq-3f1c9a52/train%5B3%5D/2")
	if err != nil || !slices.Equal(names, []string{"main.idx", "main.log.gz"}) {
		t.Errorf("the folder has %v, %v", names, err)
	}
	if none, err := disk.List("no/where"); err != nil || none != nil {
		t.Errorf("no folder has %v, %v", none, err)
	}
	if _, err := Load(disk, "no/where", sample); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no log: %v", err)
	}
}

// TestSecondWriter: a driver whose file somebody else writes, too, stops rather than spoil it.
func TestSecondWriter(t *testing.T) {
	root := t.TempDir()
	disk := Dir{Root: root}
	f, err := disk.Append("a/b", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Append([]byte("mine")); err != nil {
		t.Fatal(err)
	}
	other, err := disk.Append("a/b", 4)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := other.Append([]byte(" and theirs")); err != nil {
		t.Fatal(err)
	}
	if err := f.Append([]byte("more")); err == nil || !strings.HasSuffix(err.Error(), "has 15 bytes and had 4 after the last write: somebody else writes it") {
		t.Errorf("got %v", err)
	}
	if b, _ := os.ReadFile(filepath.Join(root, "a/b")); string(b) != "mine and theirs" {
		t.Errorf("the file has %q", b)
	}
	if _, err := disk.Append("a/b", 99); err == nil || !strings.HasSuffix(err.Error(), "has 15 bytes and had 99 before") {
		t.Errorf("a file that has shrunk: %v", err)
	}
}

func TestFileNames(t *testing.T) {
	seen := map[string]string{}
	for name, want := range map[string]string{
		"train": "train", "Train_Model.v2": "Train_Model.v2", "train[3]": "train%5B3%5D", "..": "%2E.", ".": "%2E", "": "%", "a/b": "a%2Fb", "a%2Fb": "a%252Fb", "ä": "%C3%A4",
	} {
		got := FileName(name)
		if got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
		if other, twice := seen[got]; twice {
			t.Errorf("%q and %q are both %q", name, other, got)
		}
		seen[got] = name
	}
}

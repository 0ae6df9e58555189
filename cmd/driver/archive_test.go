package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stepherd/stepherd/internal/archive"
	"github.com/stepherd/stepherd/internal/archive/transfer"
	"github.com/stepherd/stepherd/internal/logs"
	"github.com/stepherd/stepherd/internal/podspec"
)

// TestArchive: what the driver keeps is what `driver archive` gives.
func TestArchive(t *testing.T) {
	root := t.TempDir()
	id := podspec.Identity{Namespace: "ml", Run: "iris-7k2xq", RunUID: "3f1c9a52-8a0e"}
	log, err := keepIn(root, id).Open("train", 1, "main")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(log.Line(logs.Line{Time: time.Unix(1e9, 0), Text: []byte("hello")}, logs.Position{}), log.Close(true)); err != nil {
		t.Fatal(err)
	}
	request := transfer.Request{Folder: archive.Folder(id.Namespace, id.Run, id.RunUID), Logs: []archive.Name{{Step: "train", Attempt: 1}}}
	var stdout, stderr bytes.Buffer
	if code := sendArchive(archive.Dir{Root: root}, request.Encode(), &stdout, &stderr); code != 0 || stderr.Len() > 0 {
		t.Fatalf("exit code %d, %s", code, &stderr)
	}
	r := transfer.NewReceiver(archive.Dir{Root: t.TempDir(), Scratch: true}, request)
	r.Begin()
	for line := range bytes.Lines(stdout.Bytes()) {
		if err := r.Line(bytes.TrimSuffix(line, []byte("\n"))); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.End(); err != nil {
		t.Fatal(err)
	}
	if code := sendArchive(archive.Dir{Root: root}, "?", &stdout, &stderr); code != exitArchive || !strings.HasPrefix(stderr.String(), "error: this is no request for archived logs") {
		t.Errorf("exit code %d, %s", code, &stderr)
	}
}

// TestArchiveThatCannotBeOpened gives an error and a nil log.
func TestArchiveThatCannotBeOpened(t *testing.T) {
	root := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(root, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	log, err := keepIn(root, podspec.Identity{Namespace: "a", Run: "b", RunUID: "c"}).Open("train", 1, "main")
	if err == nil || log != nil {
		t.Errorf("got %v, %v", log, err)
	}
}

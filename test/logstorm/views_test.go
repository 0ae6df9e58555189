package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// write makes a file of a driver's stdout as the kubelet has it, in the folder of a cluster.
func write(t *testing.T, cluster, node, pod, file, text string) string {
	t.Helper()
	path := filepath.Join(cluster, node, "var-log", "pods", namespace+"_"+pod, "driver", file)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDriverLines(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "node-1", "storm-b_uid", "0.log", "2026-01-02T03:04:07.5Z stdout F third\n")
	write(t, dir, "node-2", "storm-c_uid", "0.log", "2026-01-02T03:04:05Z stdout P fi\n"+
		"2026-01-02T03:04:05Z stderr F {\"not\": \"this\"}\n2026-01-02T03:04:05Z stdout F rst\n2026-01-02T03:04:06Z stdout F second | with  blanks\n")
	write(t, dir, "node-2", "stormy-c_uid", "0.log", "2026-01-02T03:04:05Z stdout F of another run\n")
	files, err := driverFiles(dir, "storm")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for e, err := range driverLines(files) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, e.at.Format("05.0")+" "+string(e.text))
	}
	if want := []string{"05.0 first", "06.0 second | with  blanks", "07.5 third"}; !slices.Equal(got, want) {
		t.Errorf("the lines are %q, want %q", got, want)
	}
}

func TestDriverFilesRefuseRotatedLogs(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "node-1", "storm-b_uid", "0.log", "2026-01-02T03:04:07.5Z stdout F third\n")
	write(t, dir, "node-1", "storm-b_uid", "0.log.20260102-030405", "2026-01-02T03:04:05Z stdout F first\n")
	if _, err := driverFiles(dir, "storm"); err == nil || !strings.Contains(err.Error(), "0.log.20260102-030405") {
		t.Errorf("got error %v, want one that names the rotated file", err)
	}
}

func TestDriverLinesOfABrokenFile(t *testing.T) {
	file := write(t, t.TempDir(), "node-1", "storm-b_uid", "0.log", "2026-01-02T03:04:07.5Z stdout F one\nno time\n")
	lines := 0
	for _, err := range driverLines([]string{file}) {
		if err != nil {
			return
		}
		lines++
	}
	t.Errorf("%d lines were read, and no error came", lines)
}

func TestLinesOfAFileWithoutAnEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(path, []byte("one\n\ntwo"), 0o644); err != nil {
		t.Fatal(err)
	}
	var got []string
	for line, err := range linesOf(path) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(line))
	}
	if want := []string{"one", "", "two"}; !slices.Equal(got, want) {
		t.Errorf("the lines are %q, want %q", got, want)
	}
}

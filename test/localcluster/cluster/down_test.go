package cluster

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRemovePins: what cannot be removed is told, each on a line of its own, and keeps nothing else from being removed.
func TestRemovePins(t *testing.T) {
	dir := t.TempDir()
	stuck, also, free := filepath.Join(dir, "stuck"), filepath.Join(dir, "also"), filepath.Join(dir, "free")
	for _, d := range []string{stuck, also} { // a folder that is not empty cannot be removed
		if err := os.MkdirAll(filepath.Join(d, "x"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(free, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	err := removePins([]string{stuck, free, also})
	if err == nil {
		t.Fatal("no error")
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], stuck) || !strings.Contains(lines[1], also) {
		t.Errorf("got %q", lines)
	}
	if _, err := os.Stat(free); !os.IsNotExist(err) {
		t.Errorf("the pin that could be removed is there: %v", err)
	}
	if err := removePins(nil); err != nil {
		t.Errorf("nothing to remove: %v", err)
	}
}

package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestFieldLevels: the Pods of steps whose settings replace, or add to, what the pipeline's say.
func TestFieldLevels(t *testing.T) {
	d := newDesk()
	for _, name := range []string{"env-order.yaml", "volume-override.yaml", "volume-and-probe-override.yaml", "gpu-limit-over-short-form.yaml"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "test", "field", "testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		d.do(t, string(text), "render", "-", "--step", "a", "--name", "r")
	}
	d.golden(t, "levels")
}

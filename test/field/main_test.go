//go:build e2e

package field

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stepherd/stepherd/test/harness"
)

func TestMain(m *testing.M) { os.Exit(harness.Main(m)) }

// input returns a pipeline of testdata.
func input(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

//go:build e2e

package field

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stepherd/stepherd/test/harness"
)

// parallel is how many tests run at a time where -parallel does not say: they wait for the cluster most of their time, and
// Go's default is the number of CPUs.
const parallel = "8"

func TestMain(m *testing.M) {
	if err := flag.Set("test.parallel", parallel); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
	os.Exit(harness.Main(m))
}

// input returns a pipeline of testdata.
func input(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

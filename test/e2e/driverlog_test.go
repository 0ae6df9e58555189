//go:build e2e

package e2e

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stepherd/stepherd/test/harness"
)

// driverStdout is the stdout of a run's one driver, whole: from the node's log files, because the API serves only the
// latest. The run must have ended.
func driverStdout(t *testing.T, ns harness.Namespace, run string) string {
	t.Helper()
	dirs, err := filepath.Glob(filepath.Join(filepath.Dir(os.Getenv("KUBECONFIG")), "node-*", "var-log", "pods", ns.Name+"_"+run+"-*", "driver"))
	if err != nil || len(dirs) != 1 {
		t.Fatalf("the log folders of the drivers of %s are %v (%v), want one", run, dirs, err)
	}
	rotated, err := filepath.Glob(filepath.Join(dirs[0], "0.log.2*"))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(rotated) // their names are times
	var out bytes.Buffer
	for _, file := range append(rotated, filepath.Join(dirs[0], "0.log")) {
		if strings.HasSuffix(file, ".tmp") { // one that is being compressed
			continue
		}
		for line := range bytes.Lines(content(t, file)) {
			// `time stdout F text`, and P for F where the next line goes on with this one.
			words := bytes.SplitN(line, []byte(" "), 4)
			if len(words) != 4 || string(words[1]) != "stdout" {
				continue
			}
			text := words[3]
			if words[2][0] == 'P' {
				text = bytes.TrimSuffix(text, []byte("\n"))
			}
			out.Write(text)
		}
	}
	return out.String()
}

// content is a file's, unpacked. A kubelet may be compressing a rotated file meanwhile, and give it another name.
func content(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if os.IsNotExist(err) && !strings.HasSuffix(file, ".gz") {
		file += ".gz"
		text, err = os.ReadFile(file)
	}
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(file, ".gz") {
		return text
	}
	packed, err := gzip.NewReader(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	text, err = io.ReadAll(packed)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

//go:build e2e

package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stepherd/stepherd/test/harness"
)

// TestDocs runs every command that README and docs show ("$ ..." in console blocks), page by page, in a namespace of its own, as a reader
// would: in the root of the repository, launcher and kubectl on the PATH. Of `make` it checks that the target exists; make demo and the rest
// have stages of their own in make test.
func TestDocs(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob(filepath.Join(harness.Root, "docs/*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range append(pages, filepath.Join(harness.Root, "README.md"), filepath.Join(harness.Root, "CONTRIBUTING.md")) {
		commands := shown(t, page)
		if len(commands) == 0 {
			continue
		}
		t.Run(filepath.Base(page), func(t *testing.T) {
			t.Parallel()
			ns := harness.NewNamespace(t)
			env := append(os.Environ(), "PATH="+readersPath(t)+":"+os.Getenv("PATH"), "KUBECONFIG="+readersKubeconfig(t, ns))
			for _, line := range commands {
				script := "cd " + harness.Root + " && " + line
				if strings.HasPrefix(line, "make ") {
					script = "cd " + harness.Root + " && make -n " + strings.TrimPrefix(line, "make ")
				}
				if got := harness.Command(t, env, "", "bash", "-c", script); got.Code != 0 {
					t.Errorf("%s shows %q: exit code %d\n%s%s", filepath.Base(page), line, got.Code, got.Stdout, got.Stderr)
				}
			}
		})
	}
}

var consoleBlock = regexp.MustCompile("(?ms)^```console\n(.*?)^```")

// shown is every command that a page shows in a console block.
func shown(t *testing.T, page string) []string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var commands []string
	for _, block := range consoleBlock.FindAllStringSubmatch(string(text), -1) {
		for _, line := range strings.Split(block[1], "\n") {
			if command, ok := strings.CutPrefix(line, "$ "); ok {
				commands = append(commands, command)
			}
		}
	}
	return commands
}

// readersPath is a folder with launcher and kubectl.
func readersPath(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Symlink(harness.Bin("launcher"), filepath.Join(dir, "launcher")); err != nil {
		t.Fatal(err)
	}
	script := "#!/bin/sh\nexec " + harness.Bin("localcluster") + " kubectl --name " + *harness.ClusterName + " -- \"$@\"\n"
	// The local cluster's kubectl has its own kubeconfig; the reader's namespace comes from the environment.
	script = strings.Replace(script, "-- ", "-- --kubeconfig \"$KUBECONFIG\" ", 1)
	if err := os.WriteFile(filepath.Join(dir, "kubectl"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// readersKubeconfig is the admin's, with the test's namespace as default.
func readersKubeconfig(t *testing.T, ns harness.Namespace) string {
	t.Helper()
	var config map[string]any
	if err := json.Unmarshal([]byte(harness.Kubectl(t, "", "config", "view", "--raw", "--minify", "--flatten", "-o", "json")), &config); err != nil {
		t.Fatal(err)
	}
	contexts := config["contexts"].([]any)
	contexts[0].(map[string]any)["context"].(map[string]any)["namespace"] = ns.Name
	text, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

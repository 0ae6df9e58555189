//go:build e2e

package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/test/harness"
)

const powerfulNode = "node-2" // labelled and tainted by make cluster-up

// TestSettings puts the seed document's affinity and toleration to work, in both spellings.
func TestSettings(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"settings.yaml", "settings-zenml.yaml"} {
		t.Run(strings.TrimSuffix(file, ".yaml"), func(t *testing.T) {
			t.Parallel()
			ns := harness.NewNamespace(t)
			got := ns.Launcher(t, "submit", "--follow", filepath.Join(harness.Root, "examples", file))
			if got.Code != 0 {
				t.Fatalf("exit code %d\n%s%s", got.Code, got.Stdout, got.Stderr)
			}
			r := ns.Get(t, ns.OnlyRun(t))
			for _, s := range r.Steps {
				for _, a := range s.Attempts {
					if a.Node != powerfulNode {
						t.Errorf("step %s ran on %q, want %q", s.Name, a.Node, powerfulNode)
					}
				}
			}
			harness.MustContain(t, "stdout", got.Stdout, powerfulNode)
		})
	}
}

// TestNoTolerationNoNode is the other half: without the settings nothing lands on the tainted node.
func TestNoTolerationNoNode(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	ns.Follow(t, harness.Pipeline("plain", harness.Busybox+"steps: [{name: a, command: [\"true\"]}, {name: b, command: [\"true\"]}]\n"), 0)
	for _, s := range ns.Get(t, ns.OnlyRun(t)).Steps {
		if node := s.Attempts[0].Node; node == powerfulNode {
			t.Errorf("step %s ran on the tainted node %s", s.Name, node)
		}
	}
}

// TestBytes sends arguments that a careless path would change, and reads them inside the step. What Kubernetes itself does to $(VAR)
// and $$(x) in args is Kubernetes' (an unknown variable stays, $$( becomes $( ).
func TestBytes(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	args := []string{"$(POD)", "$$(x)", `"double" 'single' \back`, "ünïcödé ☃ 𝄞", "tab\tnewline\nend", "\x01\x02\x1b[31m\x7f", "", " lead and trail ", "${HOME} `id` ${{ x", "- : # yaml {}[]"}
	var p v1alpha1.Pipeline
	p.APIVersion, p.Kind, p.Metadata.Name = v1alpha1.APIVersion, v1alpha1.KindPipeline, "bytes"
	p.Settings.Image, p.Settings.ImagePullPolicy = "docker.io/library/busybox:latest", corev1.PullIfNotPresent
	p.Steps = []v1alpha1.Step{{Name: "show", Command: []string{"sh", "-c", `for a; do printf '%s' "$a" | od -An -v -tx1 | tr -d ' \n'; echo .; done`, "sh"}, Args: args}}
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	got := ns.Follow(t, string(text), 0)
	var want strings.Builder
	for _, a := range args {
		a = strings.ReplaceAll(a, "$$(", "$(")
		want.WriteString("show | ")
		for _, b := range []byte(a) {
			const digits = "0123456789abcdef"
			want.WriteByte(digits[b>>4])
			want.WriteByte(digits[b&15])
		}
		want.WriteString(".\n")
	}
	if got.Stdout != want.String() {
		t.Errorf("the step saw\n%swant\n%s", got.Stdout, want.String())
	}
}

// TestGoldenPodsAreAccepted hands every golden object of podspec to the real API server in dry-run.
func TestGoldenPodsAreAccepted(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	harness.Kubectl(t, "", "create", "serviceaccount", "uploader", "-n", ns.Name) // which one of the cases names
	files, err := filepath.Glob(filepath.Join(harness.Root, "internal/podspec/testdata/*/*.golden.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		// The goldens' namespace does not exist here; theirs is not what is tested.
		var lines []string
		for _, line := range strings.Split(string(text), "\n") {
			if !strings.HasPrefix(line, "  namespace: ") {
				lines = append(lines, line)
			}
		}
		harness.Kubectl(t, strings.Join(lines, "\n"), "create", "-n", ns.Name, "--dry-run=server", "--validate=strict", "-f", "-")
	}
	t.Logf("%d objects accepted", len(files))
}

// TestInsideIsOutside holds the architecture's arrow: these tests reach for the two binaries only, with the harness.
func TestInsideIsOutside(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-tags", "e2e", "-test", "-f", "{{join .Imports \"\\n\"}}", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range strings.Fields(string(out)) {
		if strings.HasPrefix(path, "github.com/stepherd/stepherd/") && !strings.HasSuffix(path, "/internal/api/v1alpha1") && !strings.Contains(path, "/test/e2e") &&
			!strings.HasSuffix(path, "/test/harness") {
			t.Errorf("the end-to-end tests import %s", path)
		}
	}
}

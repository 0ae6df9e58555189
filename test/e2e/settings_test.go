//go:build e2e

package e2e

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
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
	args := []string{"$(POD)", "$$(x)", `"double" 'single' \back`, "ünïcödé ☃ 𝄞", "tab\tnewline\nend", "\x01\x02\x1b[31m\x7f", "", " lead and trail ", "${HOME} `id` $ {{ x }}", "- : # yaml {}[]"}
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

// TestInsideIsOutside holds the architecture's arrow: these tests, and the packages that they are written with, reach for the two
// binaries. Of the product they know no more than the types that the binaries read and write, and the names of the driver's environment.
func TestInsideIsOutside(t *testing.T) {
	t.Parallel()
	const module = "github.com/stepherd/stepherd/"
	allowed := map[string][]string{
		"test/e2e":     {"internal/api/", "test/e2e", "test/harness"},
		"test/harness": {"internal/api/", "test/rig"},
		"test/rig":     {"internal/errs", "internal/phrase", "internal/retry", "internal/podspec"},
	}
	packages := slices.Sorted(maps.Keys(allowed))
	for i, p := range packages {
		packages[i] = module + p
	}
	// The files of package tests are in .TestImports and .XTestImports, those that are no tests in .Imports.
	args := []string{"list", "-tags", "e2e", "-f", `{{.ImportPath}} {{join .Imports " "}} {{join .TestImports " "}} {{join .XTestImports " "}}`}
	out, err := exec.CommandContext(t.Context(), "go", append(args, packages...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	seen, ofProduct := 0, 0
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		seen++
		for _, path := range words[1:] {
			path, ours := strings.CutPrefix(path, module)
			if !ours {
				continue
			}
			ofProduct++
			if !slices.ContainsFunc(allowed[strings.TrimPrefix(words[0], module)], func(a string) bool { return path == a || strings.HasSuffix(a, "/") && strings.HasPrefix(path, a) }) {
				t.Errorf("%s imports %s: start the binary, as a user does", words[0], path)
			}
		}
	}
	if seen != len(allowed) || ofProduct == 0 {
		t.Errorf("looked at %d packages and %d imports: the list is wrong", seen, ofProduct)
	}
}

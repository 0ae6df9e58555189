//go:build e2e

package e2e

import (
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

const enforce = "pod-security.kubernetes.io/enforce="

// TestBaselineNamespace runs a default step, whose image runs as root, where baseline is enforced.
func TestBaselineNamespace(t *testing.T) {
	t.Parallel()
	ns := newNamespace(t, enforce+"baseline")
	got := ns.follow(t, pipeline("base", busybox+"steps: [{name: who, command: [id, -u]}]\n"), 0)
	mustContain(t, "stdout", got.stdout, "who | 0\n")
}

// TestRestrictedNamespace refuses a default step before anything is created and says the line to add; with the line it runs.
func TestRestrictedNamespace(t *testing.T) {
	t.Parallel()
	ns := newNamespace(t, enforce+"restricted")
	steps := "steps: [{name: who, command: [id, -u]}]\n"
	got := ns.launcherWith(t, pipeline("strict", busybox+steps), "submit", "-")
	if got.code == 0 {
		t.Fatalf("a default step was accepted:\n%s", got.stdout)
	}
	mustContain(t, "stderr", got.stderr, "who", "security: restricted")
	if left := kubectl(t, "", "get", "jobs,pods", "-n", ns.name, "-o", "name"); left != "" {
		t.Errorf("created nevertheless: %s", left)
	}
	got = ns.follow(t, pipeline("strict", busybox+"  security: restricted\n  podSettings: {securityContext: {runAsUser: 1234}}\n"+steps), 0)
	mustContain(t, "stdout", got.stdout, "who | 1234\n")
}

// TestExample runs examples/iris in a namespace that enforces restricted and wants the right numbers in its report.
func TestExample(t *testing.T) {
	t.Parallel()
	ns := newNamespace(t, enforce+"restricted")
	kubectl(t, "", "apply", "-n", ns.name, "-f", filepath.Join(root, "examples/iris/pvc.yaml"))
	got := ns.launcher(t, "submit", "--follow", filepath.Join(root, "examples/iris/pipeline.yaml"))
	if got.code != 0 {
		t.Fatalf("exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	if best := regexp.MustCompile(`(?m)^report \| best: .*$`).FindString(got.stdout); best != exampleResult {
		t.Errorf("the report ends in %q, want %q\n%s", best, exampleResult, got.stdout)
	}
	for _, s := range ns.get(t, ns.onlyRun(t)).Steps {
		if s.Phase != v1alpha1.StepSucceeded {
			t.Errorf("step %s is %s", s.Name, s.Phase)
		}
	}
}

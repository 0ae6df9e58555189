//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/test/harness"
)

// TestNothingHalfSubmitted holds what only a cluster can show of bad input; cmd/launcher's own tests hold the rest and the full texts.
func TestNothingHalfSubmitted(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	good := harness.Pipeline("good", quick)
	for _, c := range []struct {
		name  string
		args  []string
		stdin string
		code  int
		says  []string
	}{
		{"wrong context", []string{"submit", "-", "--context", "nowhere"}, good, 3, []string{"nowhere", "localcluster-"}},
		{"namespace missing", []string{"submit", "-", "--namespace", "no-such-place"}, good, 3, []string{"no-such-place"}},
		{"service account missing", []string{"submit", "-", "--service-account", "nobody"}, good, 3, []string{"nobody", "rbac"}},
		{"step Pod refused", []string{"submit", "-"}, harness.Pipeline("odd", harness.Busybox+"  podSettings: {runtimeClassName: no-such-class}\nsteps: [{name: odd-one, command: [a]}]\n"), 2,
			[]string{"odd-one", "no-such-class"}},
		{"unknown run", []string{"get", "no-such-run"}, "", 3, []string{"no-such-run", ns.Name}},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := c.args
			place := ns
			if c.name == "namespace missing" {
				place.Name = "no-such-place"
				args = []string{"submit", "-"}
			}
			got := place.LauncherWith(t, c.stdin, args...)
			if got.Code != c.code || strings.Count(strings.TrimSpace(got.Stderr), "\n") > 3 {
				t.Errorf("exit code %d, want %d and a sentence\n%s%s", got.Code, c.code, got.Stdout, got.Stderr)
			}
			harness.MustContain(t, "stderr", got.Stderr, c.says...)
			if left := harness.Kubectl(t, "", "get", "jobs,pods,configmaps", "-n", ns.Name, "-l", v1alpha1.LabelManagedBy+"="+v1alpha1.ManagedBy, "-o", "name"); left != "" {
				t.Errorf("created nevertheless: %s", left)
			}
		})
	}
}

// TestTenThousandSteps is taken by the API server, as the largest plan that is promised.
func TestTenThousandSteps(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	p := v1alpha1.Pipeline{APIVersion: v1alpha1.APIVersion, Kind: v1alpha1.KindPipeline, Metadata: v1alpha1.Metadata{Name: "large"}}
	p.Settings.Image = "docker.io/library/busybox:latest"
	for i := range v1alpha1.MaxSteps {
		s := v1alpha1.Step{Name: fmt.Sprintf("step-%d", i), Command: []string{"true"}}
		if i > 0 {
			s.Needs = []string{fmt.Sprintf("step-%d", i/2)}
			if i == 1 {
				s.Needs = []string{"step-0"}
			}
		}
		p.Steps = append(p.Steps, s)
	}
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	got := ns.LauncherWith(t, string(text), "submit", "-", "--dry-run=server", "-o", "name")
	if got.Code != 0 {
		t.Errorf("exit code %d\n%s", got.Code, got.Stderr)
	}
}

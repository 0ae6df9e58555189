//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stepherd/stepherd/test/harness"
)

// exampleResult is what examples/iris must find; examples/iris/steps checks the same number in another way.
const exampleResult = "report | best: knn accuracy 0.9500 (57 of 60)"

const quick = harness.Busybox + "steps: [{name: work, command: [echo, worked]}]\n"

// TestUser works through every verb with exactly the Role stepherd-user.
func TestUser(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t).AsUser(t, "user", "")
	got := ns.Follow(t, harness.Pipeline("users", quick), 0)
	if strings.Contains(got.Stderr, "may not") || strings.Contains(got.Stderr, "skipped") {
		t.Errorf("a check was skipped for a user with the whole Role:\n%s", got.Stderr)
	}
	run := ns.OnlyRun(t)
	file := filepath.Join(t.TempDir(), "p.yaml")
	if err := os.WriteFile(file, []byte(harness.Pipeline("users", quick)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args   []string
		stdout string
	}{
		{[]string{"list"}, run},
		{[]string{"get", run}, "work"},
		{[]string{"get", run, "-o", "json"}, `"Succeeded"`},
		{[]string{"logs", run}, "work | worked\n"},
		{[]string{"logs", run, "work"}, "worked\n"},
		{[]string{"logs", run, "work", "-o", "json", "--tail", "1"}, `"step":"work","attempt":1,"container":"main","line":"worked"`},
		{[]string{"watch", run}, "work | worked\n"},
		{[]string{"wait", run}, ""},
		{[]string{"cancel", run}, ""},
		{[]string{"submit", file, "--dry-run=server", "-o", "name"}, "users-"},
		{[]string{"submit", file, "--wait"}, ""},
		{[]string{"render", file}, "kind: Job"},
		{[]string{"validate", file}, ""},
		{[]string{"rbac"}, "stepherd-user"},
		{[]string{"version"}, ""},
		{[]string{"delete", run}, ""},
	} {
		got := ns.Launcher(t, c.args...)
		if got.Code != 0 {
			t.Errorf("launcher %s: exit code %d\n%s%s", strings.Join(c.args, " "), got.Code, got.Stdout, got.Stderr)
		}
		harness.MustContain(t, "stdout of "+strings.Join(c.args, " "), got.Stdout, c.stdout)
	}
}

// TestUserWithout takes one right away and wants it named by the verb that needs it.
func TestUserWithout(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	ns.Follow(t, harness.Pipeline("users", quick), 0)
	run := ns.OnlyRun(t)
	for _, c := range []struct {
		right string
		args  []string
		stdin string
	}{
		{"create jobs", []string{"submit", "-"}, harness.Pipeline("users", quick)},
		{"get jobs", []string{"get", run}, ""},
		{"list jobs", []string{"list"}, ""},
		{"watch jobs", []string{"submit", "-", "--wait"}, harness.Pipeline("users", quick)},
		{"patch jobs", []string{"cancel", ns.Submit(t, harness.Pipeline("long", harness.Busybox+"steps: [{name: a, command: [sleep, \"600\"]}]\n"))}, ""},
		{"delete jobs", []string{"delete", run}, ""},
		{"list pods", []string{"logs", run}, ""},
		{"get pods/log", []string{"logs", run}, ""},
		{"get configmaps", []string{"get", run}, ""},
	} {
		t.Run(strings.NewReplacer(" ", "-", "/", "-").Replace(c.right), func(t *testing.T) {
			t.Parallel()
			verb, resource, _ := strings.Cut(c.right, " ")
			less := ns.AsUser(t, "no-"+verb+"-"+strings.ReplaceAll(resource, "/", "-"), c.right)
			got := less.LauncherWith(t, c.stdin, c.args...)
			if got.Code != 3 {
				t.Errorf("launcher %s: exit code %d, want 3\n%s%s", strings.Join(c.args, " "), got.Code, got.Stdout, got.Stderr)
			}
			harness.MustContain(t, "stderr", got.Stderr, verb, resource, ns.Name, "rbac")
		})
	}
	// A check that the user may not make is skipped with one line, and the run goes on.
	t.Run("create-pods", func(t *testing.T) {
		t.Parallel()
		less := ns.AsUser(t, "no-create-pods", "create pods")
		got := less.LauncherWith(t, harness.Pipeline("users", quick), "submit", "-", "--wait")
		if got.Code != 0 {
			t.Errorf("exit code %d, want 0\n%s", got.Code, got.Stderr)
		}
		harness.MustContain(t, "stderr", got.Stderr, "pods")
	})
}

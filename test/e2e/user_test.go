//go:build e2e

package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
)

// asUser gives the namespace as a user sees it who has exactly the Role stepherd-user, less one right ("verb resource", or empty).
func (ns namespace) asUser(t *testing.T, name, without string) namespace {
	t.Helper()
	var role rbacv1.Role
	if err := json.Unmarshal([]byte(kubectl(t, "", "get", "role", "stepherd-user", "-n", ns.name, "-o", "json")), &role); err != nil {
		t.Fatal(err)
	}
	rules := role.Rules
	if without != "" {
		verb, resource, _ := strings.Cut(without, " ")
		rules = removeRight(t, rules, verb, resource)
	}
	mine := rbacv1.Role{Rules: rules}
	mine.APIVersion, mine.Kind, mine.Name = "rbac.authorization.k8s.io/v1", "Role", name
	text, err := json.Marshal(mine)
	if err != nil {
		t.Fatal(err)
	}
	kubectl(t, string(text), "apply", "-n", ns.name, "-f", "-")
	kubectl(t, "", "create", "serviceaccount", name, "-n", ns.name)
	kubectl(t, "", "create", "rolebinding", name, "-n", ns.name, "--role="+name, "--serviceaccount="+ns.name+":"+name)
	token := strings.TrimSpace(kubectl(t, "", "create", "token", name, "-n", ns.name))
	ns.kubeconfig = filepath.Join(t.TempDir(), "kubeconfig")
	admin := kubectl(t, "", "config", "view", "--raw", "--minify", "--flatten", "-o", "json")
	var config map[string]any
	if err := json.Unmarshal([]byte(admin), &config); err != nil {
		t.Fatal(err)
	}
	users := config["users"].([]any)
	users[0].(map[string]any)["user"] = map[string]any{"token": token}
	text, err = json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(ns.kubeconfig, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return ns
}

func removeRight(t *testing.T, rules []rbacv1.PolicyRule, verb, resource string) []rbacv1.PolicyRule {
	t.Helper()
	found := false
	var kept []rbacv1.PolicyRule
	for _, rule := range rules {
		if !slices.Contains(rule.Resources, resource) || !slices.Contains(rule.Verbs, verb) {
			kept = append(kept, rule)
			continue
		}
		found = true
		others := rule
		others.Resources = slices.DeleteFunc(slices.Clone(rule.Resources), func(r string) bool { return r == resource })
		if len(others.Resources) > 0 {
			kept = append(kept, others)
		}
		less := rule
		less.Resources = []string{resource}
		less.Verbs = slices.DeleteFunc(slices.Clone(rule.Verbs), func(v string) bool { return v == verb })
		if len(less.Verbs) > 0 {
			kept = append(kept, less)
		}
	}
	if !found {
		t.Fatalf("the Role stepherd-user has no right to %s %s", verb, resource)
	}
	return kept
}

// exampleResult is what examples/iris must find; examples/iris/steps checks the same number in another way.
const exampleResult = "report | best: knn accuracy 0.9500 (57 of 60)"

const quick = busybox + "steps: [{name: work, command: [echo, worked]}]\n"

// TestUser works through every verb with exactly the Role stepherd-user.
func TestUser(t *testing.T) {
	t.Parallel()
	ns := newNamespace(t).asUser(t, "user", "")
	got := ns.follow(t, pipeline("users", quick), 0)
	if strings.Contains(got.stderr, "may not") || strings.Contains(got.stderr, "skipped") {
		t.Errorf("a check was skipped for a user with the whole Role:\n%s", got.stderr)
	}
	run := ns.onlyRun(t)
	file := filepath.Join(t.TempDir(), "p.yaml")
	if err := os.WriteFile(file, []byte(pipeline("users", quick)), 0o600); err != nil {
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
		got := ns.launcher(t, c.args...)
		if got.code != 0 {
			t.Errorf("launcher %s: exit code %d\n%s%s", strings.Join(c.args, " "), got.code, got.stdout, got.stderr)
		}
		mustContain(t, "stdout of "+strings.Join(c.args, " "), got.stdout, c.stdout)
	}
}

// TestUserWithout takes one right away and wants it named by the verb that needs it.
func TestUserWithout(t *testing.T) {
	t.Parallel()
	ns := newNamespace(t)
	ns.follow(t, pipeline("users", quick), 0)
	run := ns.onlyRun(t)
	for _, c := range []struct {
		right string
		args  []string
		stdin string
	}{
		{"create jobs", []string{"submit", "-"}, pipeline("users", quick)},
		{"get jobs", []string{"get", run}, ""},
		{"list jobs", []string{"list"}, ""},
		{"watch jobs", []string{"submit", "-", "--wait"}, pipeline("users", quick)},
		{"patch jobs", []string{"cancel", ns.submit(t, pipeline("long", busybox+"steps: [{name: a, command: [sleep, \"600\"]}]\n"))}, ""},
		{"delete jobs", []string{"delete", run}, ""},
		{"list pods", []string{"logs", run}, ""},
		{"get pods/log", []string{"logs", run}, ""},
		{"get configmaps", []string{"get", run}, ""},
	} {
		t.Run(strings.NewReplacer(" ", "-", "/", "-").Replace(c.right), func(t *testing.T) {
			t.Parallel()
			verb, resource, _ := strings.Cut(c.right, " ")
			less := ns.asUser(t, "no-"+verb+"-"+strings.ReplaceAll(resource, "/", "-"), c.right)
			got := less.launcherWith(t, c.stdin, c.args...)
			if got.code != 3 {
				t.Errorf("launcher %s: exit code %d, want 3\n%s%s", strings.Join(c.args, " "), got.code, got.stdout, got.stderr)
			}
			mustContain(t, "stderr", got.stderr, verb, resource, ns.name, "rbac")
		})
	}
	// A check that the user may not make is skipped with one line, and the run goes on.
	t.Run("create-pods", func(t *testing.T) {
		t.Parallel()
		less := ns.asUser(t, "no-create-pods", "create pods")
		got := less.launcherWith(t, pipeline("users", quick), "submit", "-", "--wait")
		if got.code != 0 {
			t.Errorf("exit code %d, want 0\n%s", got.code, got.stderr)
		}
		mustContain(t, "stderr", got.stderr, "pods")
	})
}

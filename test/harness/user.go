package harness

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
)

// AsUser returns the namespace as seen by a user who has exactly the Role stepherd-user, less one right ("verb resource", or empty).
func (ns Namespace) AsUser(t *testing.T, name, without string) Namespace {
	t.Helper()
	var role rbacv1.Role
	if err := json.Unmarshal([]byte(Kubectl(t, "", "get", "role", "stepherd-user", "-n", ns.Name, "-o", "json")), &role); err != nil {
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
	Kubectl(t, string(text), "apply", "-n", ns.Name, "-f", "-")
	Kubectl(t, "", "create", "serviceaccount", name, "-n", ns.Name)
	Kubectl(t, "", "create", "rolebinding", name, "-n", ns.Name, "--role="+name, "--serviceaccount="+ns.Name+":"+name)
	token := strings.TrimSpace(Kubectl(t, "", "create", "token", name, "-n", ns.Name))
	ns.Kubeconfig = filepath.Join(t.TempDir(), "kubeconfig")
	admin := Kubectl(t, "", "config", "view", "--raw", "--minify", "--flatten", "-o", "json")
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
	if err := os.WriteFile(ns.Kubeconfig, text, 0o600); err != nil {
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

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
	return ns.WithUser(t, map[string]any{"token": token})
}

// WithUser returns the namespace as seen with a kubeconfig like the administrator's, but for its user, who is given as kubeconfigs
// write it. Without a user the file has none, although its context names one.
func (ns Namespace) WithUser(t *testing.T, user map[string]any) Namespace {
	t.Helper()
	config := administrator(t)
	if user == nil {
		delete(config, "users")
	} else {
		config["users"].([]any)[0].(map[string]any)["user"] = user
	}
	text, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	ns.Kubeconfig = filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(ns.Kubeconfig, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return ns
}

// Administrator returns the user of the administrator's kubeconfig.
func Administrator(t *testing.T) map[string]any {
	t.Helper()
	return administrator(t)["users"].([]any)[0].(map[string]any)["user"].(map[string]any)
}

// administrator returns the administrator's kubeconfig.
func administrator(t *testing.T) map[string]any {
	t.Helper()
	var config map[string]any
	if err := json.Unmarshal([]byte(Kubectl(t, "", "config", "view", "--raw", "--minify", "--flatten", "-o", "json")), &config); err != nil {
		t.Fatal(err)
	}
	return config
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

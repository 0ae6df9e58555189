package podspec

import (
	"slices"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
)

// TestRolesAskForNoMore lists what no Role of ours may ever grant; deploy/ holds what they do grant.
func TestRolesAskForNoMore(t *testing.T) {
	for _, role := range []*rbacv1.Role{DriverRole("ml"), UserRole("ml")} {
		t.Run(role.Name, func(t *testing.T) {
			if len(role.Rules) > 6 {
				t.Errorf("got %d rules, want at most 6", len(role.Rules))
			}
			for _, rule := range role.Rules {
				checkRule(t, rule)
			}
		})
	}
}

func checkRule(t *testing.T, rule rbacv1.PolicyRule) {
	t.Helper()
	for _, resource := range rule.Resources {
		if resource == "secrets" || resource == "*" || resource == "serviceaccounts" || strings.HasPrefix(resource, "pods/") && resource != "pods/log" {
			t.Errorf("a rule grants %s", resource)
		}
		if resource == "pods" && (slices.Contains(rule.Verbs, "patch") || slices.Contains(rule.Verbs, "update")) {
			t.Errorf("a rule grants %v on pods", rule.Verbs)
		}
	}
	for _, verb := range rule.Verbs {
		if verb == "*" || verb == "deletecollection" || verb == "escalate" || verb == "bind" {
			t.Errorf("a rule grants %s on %v", verb, rule.Resources)
		}
	}
}

func TestObjectsOfANamespace(t *testing.T) {
	for _, namespace := range []string{"", "ml"} {
		binding := DriverRoleBinding(namespace)
		for _, got := range []string{
			binding.Namespace, binding.Subjects[0].Namespace, DriverRole(namespace).Namespace, UserRole(namespace).Namespace, DriverServiceAccount(namespace).Namespace,
		} {
			if got != namespace {
				t.Errorf("got namespace %q, want %q", got, namespace)
			}
		}
	}
}

package lookup_test

import (
	"testing"

	"github.com/stepherd/stepherd/internal/launch/launchtest"
)

// TestWhoMayNot: a missing right is told with the user whom the server knows, and impersonation is named.
func TestWhoMayNot(t *testing.T) {
	for _, tc := range []struct {
		name, as string
		err      launchtest.Error
		want     string
	}{
		{"the user", "", launchtest.Error{Verb: "get", Resource: "jobs", Namespace: "ml", User: "jane"},
			`you (User "jane") may not get jobs in namespace "ml"; ask an administrator to install the Roles there (launcher rbac -n ml | kubectl apply -f -) and to bind stepherd-user to you`},
		{"the one who is impersonated", "bob", launchtest.Error{Verb: "get", Resource: "jobs", Namespace: "ml", User: "bob"},
			`the impersonated User "bob" (as: of the kubeconfig) may not get jobs in namespace "ml"; ask an administrator to install the Roles there (launcher rbac -n ml | kubectl apply -f -) and to bind stepherd-user to bob`},
		{"impersonation itself", "bob", launchtest.Error{Verb: "impersonate", Resource: "users", User: "jane", Object: "bob"},
			`you (User "jane") may not impersonate users "bob" in the cluster, as the kubeconfig wants it (as: ...); take that out of the kubeconfig's user, or ask an administrator for the right`},
		{"nobody knows who", "", launchtest.Error{Verb: "get", Resource: "jobs", Namespace: "ml"},
			`you may not get jobs in namespace "ml"; ask an administrator to install the Roles there (launcher rbac -n ml | kubectl apply -f -) and to bind stepherd-user to you`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := launchtest.Begun(t)
			b.Client.As = tc.as
			tc.err.Kind = launchtest.NoRight
			b.Cluster.Fail["Job"] = &tc.err
			if _, _, err := b.Get(t.Context(), "r"); err == nil || err.Error() != tc.want {
				t.Errorf("got %v", err)
			}
		})
	}
}

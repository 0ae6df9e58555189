//go:build e2e

package field

import (
	"strings"
	"testing"

	"github.com/stepherd/stepherd/test/harness"
)

// TestKubeconfigsOfTheField connects with what people's kubeconfigs have of users. The old plugin oidc, which client-go still has,
// works; one that was removed is named with what replaced it; whoever may not do something is named as the server names them.
func TestKubeconfigsOfTheField(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	harness.Kubectl(t, "", "create", "serviceaccount", "stranger", "-n", ns.Name)
	stranger := "system:serviceaccount:" + ns.Name + ":stranger"
	token := strings.TrimSpace(harness.Kubectl(t, "", "create", "token", "stranger", "-n", ns.Name))
	reader := ns.AsUser(t, "reader", "")
	readers := strings.TrimSpace(harness.Kubectl(t, "", "create", "token", "reader", "-n", ns.Name))

	provider := func(name string, config map[string]any) map[string]any {
		return map[string]any{"auth-provider": map[string]any{"name": name, "config": config}}
	}
	if got := reader.Launcher(t, "list"); got.Code != 0 {
		t.Fatalf("list as a user with a token: exit code %d\n%s", got.Code, got.Stderr)
	}
	as := harness.Administrator(t)
	as["as"] = "jane"
	tests := []struct {
		name string
		user map[string]any
		code int
		want []string // of stderr
	}{
		// A service account's token is a JWT that is still good, which is all that the plugin asks of an id-token.
		{"oidc", provider("oidc", map[string]any{"client-id": "c", "idp-issuer-url": "https://127.0.0.1:1", "id-token": readers}), 0, nil},
		{"gcp", provider("gcp", nil), 3, []string{`has auth-provider "gcp", which was removed from Kubernetes' clients in 1.26`, "gke-gcloud-auth-plugin"}},
		{"azure", provider("azure", nil), 3, []string{`has auth-provider "azure", which was removed from Kubernetes' clients in 1.26`, "kubelogin"}},
		{"no user", nil, 3, []string{`is of user "`, "which the file does not have; choose another --context"}},
		{"no right", map[string]any{"token": token}, 3, []string{`you (User "` + stranger + `") may not list jobs in namespace "` + ns.Name + `"`}},
		{"impersonated without a right", as, 3, []string{`the impersonated User "jane" (as: of the kubeconfig) may not list jobs`, "bind stepherd-user to jane"}},
		{
			"no right to impersonate", map[string]any{"token": token, "as": "jane"}, 3,
			[]string{`you (User "` + stranger + `") may not impersonate users "jane" in the cluster, as the kubeconfig wants it (as: ...)`},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ns.WithUser(t, tt.user).Launcher(t, "list")
			if got.Code != tt.code {
				t.Errorf("exit code %d, want %d\n%s", got.Code, tt.code, got.Stderr)
			}
			harness.MustContain(t, "stderr", got.Stderr, tt.want...)
		})
	}
}

package kube_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stepherd/stepherd/internal/kube"
)

// kubeconfig writes a file with two contexts; user is one line of YAML about who connects.
func kubeconfig(t *testing.T, current, server, user string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config")
	text := `apiVersion: v1
kind: Config
current-context: ` + current + `
clusters: [{name: c, cluster: {server: "` + server + `"}}]
users: [{name: u, user: ` + user + `}]
contexts:
- {name: prod, context: {cluster: c, user: u, namespace: ml}}
- {name: dev, context: {cluster: c, user: u}}
- {name: broken, context: {cluster: nowhere, user: u}}
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestResolve(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	good := kubeconfig(t, "prod", "https://192.0.2.1:6443", "{}")
	none := kubeconfig(t, "''", "https://192.0.2.1:6443", "{}")
	bad := filepath.Join(t.TempDir(), "bad")
	if err := os.WriteFile(bad, []byte("clusters: ["), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, env string
		selection kube.Selection
		want      string // context, namespace; or the error's parts
	}{
		{"the current context", good, kube.Selection{}, "prod ml"},
		{"another context", good, kube.Selection{Context: "dev"}, "dev default"},
		{"a namespace", good, kube.Selection{Namespace: "x"}, "prod x"},
		{"a context and a namespace", good, kube.Selection{Context: "dev", Namespace: "x"}, "dev x"},
		{"the flag wins over the environment", "/nonexistent", kube.Selection{Kubeconfig: good}, "prod ml"},
		{"no such context", good, kube.Selection{Context: "pord"}, `has no context "pord"; there are: broken, dev, prod`},
		{"no current context", none, kube.Selection{}, `has no current context; name one with --context; there are: broken, dev, prod`},
		{"a context without a cluster", good, kube.Selection{Context: "broken"}, `context "broken" is of cluster "nowhere", which the file does not have`},
		{"no such file", good, kube.Selection{Kubeconfig: "/nonexistent"}, `there is no kubeconfig "/nonexistent"`},
		{"no YAML", good, kube.Selection{Kubeconfig: bad}, "read the kubeconfig: "},
		{"nothing at all", "/nonexistent", kube.Selection{}, "no cluster is configured: there is nothing in /nonexistent, and this is no Pod"},
		{"nothing but a wish", "/nonexistent", kube.Selection{Context: "x"}, `has no context "x"; there are none`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Setenv("KUBECONFIG", tc.env)
			at, err := kube.Resolve(tc.selection)
			got := at.Context + " " + at.Namespace
			if err != nil {
				got = err.Error()
			}
			if err == nil && got != tc.want || err != nil && !strings.Contains(got, tc.want) {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}

// TestCredentialPlugin: a program that the kubeconfig names gives the token, as with kubectl.
func TestCredentialPlugin(t *testing.T) {
	var got string
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Get("Authorization")
		w.Header().Set("Content-Type", "application/json")
		w.Header().Add("Warning", `299 - "old and tired"`)
		_, _ = w.Write([]byte(`{"major":"1","minor":"31+"}`))
	}))
	defer server.Close()
	plugin := filepath.Join(t.TempDir(), "plugin")
	script := "#!/bin/sh\necho '{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"status\":{\"token\":\"secret\"}}'\n"
	if err := os.WriteFile(plugin, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	file := kubeconfig(t, "prod", server.URL, `{exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: "`+plugin+`"}}`)
	at, err := kube.Resolve(kube.Selection{Kubeconfig: file})
	if err != nil {
		t.Fatal(err)
	}
	config := kube.Tuned(at.Config, "test")
	config.Insecure = true
	var warnings []string
	kube.OnWarning(config, func(about, text string) { warnings = append(warnings, about+text) })
	client, err := kube.NewClient(config)
	if err != nil {
		t.Fatal(err)
	}
	major, minor, err := kube.NewRuns(client).ServerVersion(t.Context())
	if err != nil || major != 1 || minor != 31 || got != "Bearer secret" {
		t.Errorf("version %d.%d, %v, token %q", major, minor, err, got)
	}
	if len(warnings) != 1 || warnings[0] != "old and tired" {
		t.Errorf("warnings %q", warnings)
	}
}

func TestServerVersionThatIsNone(t *testing.T) {
	for _, body := range []string{"<html>", `{"major":"","minor":"x"}`, `{"major":"1","minor":"99999999999999999999"}`} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) }))
		at, err := kube.Resolve(kube.Selection{Kubeconfig: kubeconfig(t, "prod", server.URL, "{}")})
		if err != nil {
			t.Fatal(err)
		}
		client, err := kube.NewClient(kube.Tuned(at.Config, "test"))
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := kube.NewRuns(client).ServerVersion(t.Context()); err == nil {
			t.Errorf("%s was taken for a version", body)
		}
		server.Close()
	}
}

package kube_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"k8s.io/client-go/rest"

	"github.com/stepherd/stepherd/internal/kube"
	_ "github.com/stepherd/stepherd/internal/kube/oidc"
	"github.com/stepherd/stepherd/internal/kube/runs"
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
- {name: ghost, context: {cluster: c, user: ghost}}
- {name: nobody, context: {cluster: c}}
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
		selection kube.TargetFlags
		want      string // context, namespace; or the error's parts
	}{
		{"the current context", good, kube.TargetFlags{}, "prod ml"},
		{"another context", good, kube.TargetFlags{Context: "dev"}, "dev default"},
		{"a namespace", good, kube.TargetFlags{Namespace: "x"}, "prod x"},
		{"a context and a namespace", good, kube.TargetFlags{Context: "dev", Namespace: "x"}, "dev x"},
		{"the flag wins over the environment", "/nonexistent", kube.TargetFlags{Kubeconfig: good}, "prod ml"},
		{"no such context", good, kube.TargetFlags{Context: "pord"}, `has no context "pord"; there are: broken, dev, ghost, nobody, prod`},
		{"no current context", none, kube.TargetFlags{}, `has no current context; name one with --context; there are: broken, dev, ghost, nobody, prod`},
		{"a context without a cluster", good, kube.TargetFlags{Context: "broken"}, `context "broken" is of cluster "nowhere", which the file does not have`},
		{"a context without a user", good, kube.TargetFlags{Context: "ghost"}, `context "ghost" is of user "ghost", which the file does not have; choose another --context`},
		{"no such file", good, kube.TargetFlags{Kubeconfig: "/nonexistent"}, `there is no kubeconfig "/nonexistent"`},
		{"a context that needs no user", good, kube.TargetFlags{Context: "nobody"}, "nobody default"},
		{"no YAML", good, kube.TargetFlags{Kubeconfig: bad}, "is not valid YAML ("},
		{"nothing at all", "/nonexistent", kube.TargetFlags{}, `no cluster is configured: there is no kubeconfig "/nonexistent", which KUBECONFIG names; name another one`},
		{"nothing but a wish", "/nonexistent", kube.TargetFlags{Context: "x"}, `has no context "x"; there are none`},
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

// TestNoKubeconfig: a sentence for each thing that is none.
func TestNoKubeconfig(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("HOME", "home")
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	for name, text := range map[string]string{
		"empty": "", "comment": "# nothing\n", "pipeline.yaml": "apiVersion: stepherd.dev/v1alpha1\nkind: Pipeline\n", "pod.json": `{"apiVersion":"v1","kind":"Pod"}`,
		"text": "hello", "list": "[1, 2]", "binary": "\x00\x01\xff", "half": "apiVersion: v1\nkind: Config\nclusters: [\n", "other": "a: b\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir("folder", 0o700); err != nil {
		t.Fatal(err)
	}
	const instead = "; name a kubeconfig with --kubeconfig or KUBECONFIG"
	for file, want := range map[string]string{
		"missing":             `no cluster is configured: there is no kubeconfig "missing", which KUBECONFIG names; name another one with --kubeconfig or KUBECONFIG`,
		"missing" + listed:    `no cluster is configured: there is no kubeconfig "missing" or "another", which KUBECONFIG names; name another one with --kubeconfig or KUBECONFIG`,
		"empty":               `no cluster is configured: the kubeconfig "empty" has none in it; name another one with --kubeconfig or KUBECONFIG`,
		"comment":             `no cluster is configured: the kubeconfig "comment" has none in it; name another one with --kubeconfig or KUBECONFIG`,
		"folder":              `"folder" is a directory, not a kubeconfig` + instead,
		"pipeline.yaml":       `"pipeline.yaml" is a Pipeline, not a kubeconfig` + instead,
		"pod.json":            `"pod.json" is a Pod, not a kubeconfig` + instead,
		"text":                `"text" is not a kubeconfig, nor any YAML mapping` + instead,
		"list":                `"list" is not a kubeconfig, nor any YAML mapping` + instead,
		"binary":              `"binary" is not a kubeconfig, nor any YAML mapping` + instead,
		"half":                `the kubeconfig "half" is not valid YAML (error converting YAML to JSON: yaml: line 3: did not find expected node content)` + instead,
		"pipeline.yaml:empty": `"pipeline.yaml" is a Pipeline, not a kubeconfig` + instead,
	} {
		t.Setenv("KUBECONFIG", file)
		if _, err := kube.Resolve(kube.TargetFlags{}); err == nil || err.Error() != want {
			t.Errorf("%q: got %v", file, err)
		}
		if strings.Contains(file, ":") || strings.HasPrefix(file, "missing") {
			continue
		}
		if _, err := kube.Resolve(kube.TargetFlags{Kubeconfig: file}); err == nil || err.Error() != want {
			t.Errorf("--kubeconfig %q: got %v", file, err)
		}
	}
}

const listed = string(os.PathListSeparator) + "another"

// TestAuthProvider: the old plugins that client-go does not have any more are named with what has replaced them.
func TestAuthProvider(t *testing.T) {
	for name, want := range map[string]string{
		"gcp": "gke-gcloud-auth-plugin", "azure": "kubelogin", "openstack": "client-keystone-auth",
	} {
		file := kubeconfig(t, "prod", "https://192.0.2.1:6443", "{auth-provider: {name: "+name+"}}")
		_, err := kube.Resolve(kube.TargetFlags{Kubeconfig: file})
		if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("user %q has auth-provider %q, which was removed", "u", name)) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// TestOIDC: the one that client-go still has gives its token, as with kubectl; for one that is gone, the error names what to do.
func TestOIDC(t *testing.T) {
	var got string
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Get("Authorization")
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"major":"1","minor":"35"}`))
	}))
	defer server.Close()
	for client, expires := range map[string]time.Time{"lives": time.Now().Add(time.Hour), "is-over": time.Now().Add(-time.Hour)} {
		token := "x." + base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"exp":%d}`, expires.Unix())) + ".y"
		file := kubeconfig(t, "prod", server.URL, "{auth-provider: {name: oidc, config: {client-id: "+client+", idp-issuer-url: 'https://idp.invalid', id-token: "+token+"}}}")
		at, err := kube.Resolve(kube.TargetFlags{Kubeconfig: file})
		if err != nil {
			t.Fatal(err)
		}
		config := kube.WithDefaults(at.Config, "test")
		config.Insecure = true
		made, err := kube.NewClient(config)
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = runs.New(made).ServerVersion(t.Context())
		var e *kube.Error
		switch client {
		case "lives":
			if err != nil || got != "Bearer "+token {
				t.Errorf("got %q, %v", got, err)
			}
		default:
			if !errors.As(err, &e) || !e.Unauthorized() {
				t.Errorf("got %v", err)
			}
		}
	}
}

// TestPluginRenews: a token of a plugin's that is refused is asked for anew, and the next request has the new one.
func TestPluginRenews(t *testing.T) {
	var valid atomic.Value
	valid.Store("Bearer t1")
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.Header.Get("Authorization") != valid.Load() {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write([]byte(`{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Unauthorized","message":"Unauthorized","code":401}`))
			return
		}
		_, _ = w.Write([]byte(`{"kind":"Job","apiVersion":"batch/v1","metadata":{"name":"r"}}`))
	}))
	defer server.Close()
	dir := t.TempDir()
	token, plugin := filepath.Join(dir, "token"), filepath.Join(dir, "plugin")
	script := "#!/bin/sh\nread -r T < " + token + "\necho '{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"status\":{\"token\":\"'$T'\"}}'\n"
	if err := errors.Join(os.WriteFile(token, []byte("t1\n"), 0o600), os.WriteFile(plugin, []byte(script), 0o700)); err != nil {
		t.Fatal(err)
	}
	at, err := kube.Resolve(kube.TargetFlags{Kubeconfig: kubeconfig(t, "prod", server.URL,
		`{exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: "`+plugin+`"}}`)})
	if err != nil {
		t.Fatal(err)
	}
	config := kube.WithDefaults(at.Config, "test")
	config.Insecure = true
	client, err := kube.NewClient(config)
	if err != nil {
		t.Fatal(err)
	}
	ask := func() error { _, err := runs.New(client).Job(t.Context(), "ns", "r"); return err }
	if err := ask(); err != nil {
		t.Fatal(err)
	}
	valid.Store("Bearer t2")
	if err := os.WriteFile(token, []byte("t2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var e *kube.Error
	if err := ask(); !errors.As(err, &e) || !e.Unauthorized() {
		t.Errorf("got %v", err)
	}
	if err := ask(); err != nil {
		t.Errorf("the token was not renewed: %v", err)
	}
}

// TestNoAPIServer: what does not speak as an API server does is not taken for one that has no such object.
func TestNoAPIServer(t *testing.T) {
	notFound := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) })
	secure, plain := httptest.NewTLSServer(notFound), httptest.NewServer(notFound)
	defer secure.Close()
	defer plain.Close()
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	for _, tc := range []struct{ name, url, want string }{
		{"a web server", plain.URL, "it does not answer as a Kubernetes API server does (HTTP status 404); look at the kubeconfig's server"},
		{"a web server with TLS", secure.URL, "it does not answer as a Kubernetes API server does (HTTP status 404); look at the kubeconfig's server"},
		{"http to TLS", strings.Replace(secure.URL, "https", "http", 1), "it speaks TLS; write https:// in place of http:// into the kubeconfig's server"},
		{"TLS to http", strings.Replace(plain.URL, "http", "https", 1), "it does not speak TLS; write http:// in place of https:// into the kubeconfig's server, or another port"},
	} {
		client, err := kube.NewClient(kube.WithDefaults(&rest.Config{Host: tc.url, TLSClientConfig: rest.TLSClientConfig{Insecure: strings.HasPrefix(tc.url, "https")}}, "test"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = runs.New(client).Job(t.Context(), "ns", "r")
		var e *kube.Error
		if !errors.As(err, &e) || e.NotFound() || !e.Temporary() || e.Message() != tc.want {
			t.Errorf("%s: got %v", tc.name, err)
		}
	}
}

// TestMissingPlugin: client-go's paragraphs on a plugin that is not there become one sentence with the kubeconfig's hint.
func TestMissingPlugin(t *testing.T) {
	file := kubeconfig(t, "prod", "https://192.0.2.1:6443",
		`{exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: no-such-plugin, installHint: install it with make plugin}}`)
	at, err := kube.Resolve(kube.TargetFlags{Kubeconfig: file})
	if err != nil {
		t.Fatal(err)
	}
	client, err := kube.NewClient(kube.WithDefaults(at.Config, "test"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = runs.New(client).Job(t.Context(), "ns", "r")
	var e *kube.Error
	if !errors.As(err, &e) || e.Message() != "getting credentials: exec: executable no-such-plugin not found; install it with make plugin" {
		t.Errorf("got %v", err)
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
	at, err := kube.Resolve(kube.TargetFlags{Kubeconfig: file})
	if err != nil {
		t.Fatal(err)
	}
	config := kube.WithDefaults(at.Config, "test")
	config.Insecure = true
	var warnings []string
	kube.OnWarning(config, func(about, text string) { warnings = append(warnings, about+text) })
	client, err := kube.NewClient(config)
	if err != nil {
		t.Fatal(err)
	}
	major, minor, err := runs.New(client).ServerVersion(t.Context())
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
		at, err := kube.Resolve(kube.TargetFlags{Kubeconfig: kubeconfig(t, "prod", server.URL, "{}")})
		if err != nil {
			t.Fatal(err)
		}
		client, err := kube.NewClient(kube.WithDefaults(at.Config, "test"))
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := runs.New(client).ServerVersion(t.Context()); err == nil {
			t.Errorf("%s was taken for a version", body)
		}
		server.Close()
	}
}

//go:build e2e

package field

import (
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/test/harness"
)

// listenBesideAPIServer listens on the loopback of the network namespace in which the cluster's API server runs.
func listenBesideAPIServer(t *testing.T) net.Listener {
	t.Helper()
	type result struct {
		listener net.Listener
		err      error
	}
	done := make(chan result)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine, and its namespace with it
		listener, err := listenIn("/run/netns/lc-" + *harness.ClusterName + "-cp")
		done <- result{listener, err}
	}()
	got := <-done
	if got.err != nil {
		t.Fatal(got.err)
	}
	return got.listener
}

func listenIn(namespace string) (net.Listener, error) {
	f, err := os.Open(namespace)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	if err := unix.Setns(int(f.Fd()), unix.CLONE_NEWNET); err != nil {
		return nil, fmt.Errorf("enter %s: %w", namespace, err)
	}
	return net.Listen("tcp", "127.0.0.1:0")
}

// denyingWebhook decides on the step Pods of a namespace, and denies them with a code until it is told to allow them.
func denyingWebhook(t *testing.T, ns harness.Namespace, code int) (allow func()) {
	t.Helper()
	var allowed atomic.Bool
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var review struct {
			Request struct {
				UID string `json:"uid"`
			} `json:"request"`
		}
		_ = json.NewDecoder(r.Body).Decode(&review)
		response := map[string]any{"uid": review.Request.UID, "allowed": allowed.Load()}
		if !allowed.Load() {
			response["status"] = map[string]any{"code": code, "message": "the registry of teams says no"}
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response})
	}))
	server.Listener = listenBesideAPIServer(t)
	server.StartTLS()
	t.Cleanup(server.Close)
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	client := fmt.Sprintf("{url: %q, caBundle: %s}", server.URL, base64.StdEncoding.EncodeToString(ca))
	installWebhook(t, ns, "denies.field.example", client, stepPods)
	awaitDenial(t, ns, "the registry of teams says no")
	return func() { allowed.Store(true) }
}

// TestWebhookThatDenies: a webhook chooses the code of its denial. 404 and 409 are refusals like any other, 429 and 503 ask to
// come again, and none of them speaks of the namespace or of the run's name.
func TestWebhookThatDenies(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		code   int
		passes bool
	}{{404, false}, {409, false}, {429, true}, {503, true}} {
		t.Run(strconv.Itoa(c.code), func(t *testing.T) {
			t.Parallel()
			ns := harness.NewNamespace(t)
			allow := denyingWebhook(t, ns, c.code)
			pipeline := harness.Pipeline("denied", oneStep)
			exit := 2
			if c.passes {
				exit = 3
			}
			text := refused(t, ns, pipeline, exit, `step "a": `, `admission webhook "denies.field.example"`, "the registry of teams says no")
			if strings.Contains(text, "no namespace") || strings.Contains(text, "exists already") {
				t.Errorf("misleading: %s", text)
			}
			run := ns.Submit(t, pipeline, "--no-check")
			if !c.passes {
				if got := ns.Wait(t, run); got.Code != 1 {
					t.Errorf("wait: exit code %d, want 1\n%s", got.Code, got.Stderr)
				}
				step := harness.Step(t, ns.Get(t, run), "a")
				if step.Reason != v1alpha1.ReasonRejected || !strings.Contains(step.Message, "the registry of teams says no") {
					t.Errorf("the step is %s: %s", step.Reason, step.Message)
				}
				return
			}
			harness.Eventually(t, "get names the webhook", func() bool {
				return strings.Contains(ns.Launcher(t, "get", run).Stdout, `admission webhook "denies.field.example"`)
			})
			allow()
			if got := ns.Wait(t, run); got.Code != 0 {
				t.Errorf("wait: exit code %d\n%s", got.Code, got.Stderr)
			}
		})
	}
}

package podlogs

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/kube"
	"github.com/stepherd/stepherd/internal/kube/kubetest"
)

func TestPodLogsAsk(t *testing.T) {
	server := kubetest.New()
	var asked string
	server.Fail(func(r *http.Request) (*http.Response, error) {
		asked = r.URL.Path + "?" + r.URL.RawQuery
		resp := kubetest.Status(200, "", "")
		resp.Body = io.NopCloser(strings.NewReader("2031-01-02T03:04:05.000000000Z hello\n"))
		return resp, nil
	})
	logs := New(server.Client().CoreV1(), "ns")
	tests := []struct {
		name   string
		since  time.Time
		follow bool
		want   string
	}{
		{"all", time.Time{}, false, "/api/v1/namespaces/ns/pods/p/log?container=main&timestamps=true"},
		{"follow", time.Time{}, true, "/api/v1/namespaces/ns/pods/p/log?container=main&follow=true&timestamps=true"},
		{"since", time.Date(2031, 1, 2, 3, 4, 5, 0, time.UTC), true, "/api/v1/namespaces/ns/pods/p/log?container=main&follow=true&sinceTime=2031-01-02T03%3A04%3A05Z&timestamps=true"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			stream, err := logs.Open(t.Context(), "p", "main", tt.since, tt.follow)
			if err != nil {
				t.Fatal(err)
			}
			defer stream.Close()
			got, err := io.ReadAll(stream)
			if err != nil || !strings.HasSuffix(string(got), " hello\n") {
				t.Errorf("got %q, %v", got, err)
			}
			if asked != tt.want {
				t.Errorf("asked %s\nwant  %s", asked, tt.want)
			}
		})
	}
}

func TestPodLogsEnds(t *testing.T) {
	server := kubetest.New()
	var asked string
	server.Fail(func(r *http.Request) (*http.Response, error) {
		asked = r.URL.Path + "?" + r.URL.RawQuery
		return kubetest.Status(404, metav1.StatusReasonNotFound, `pods "p" not found`), nil
	})
	logs := New(server.Client().CoreV1(), "ns")
	for want, open := range map[string]func(context.Context, string, string) (io.ReadCloser, error){
		"limitBytes=64&timestamps=true": logs.Head, "tailLines=1&timestamps=true": logs.Tail,
	} {
		_, err := open(t.Context(), "p", "main")
		var e *kube.Error
		if !errors.As(err, &e) || !e.NotFound() {
			t.Errorf("got %v", err)
		}
		if want := "/api/v1/namespaces/ns/pods/p/log?container=main&" + want; asked != want {
			t.Errorf("asked %s\nwant  %s", asked, want)
		}
	}
}

func TestPodLogsErrors(t *testing.T) {
	tests := []struct {
		name         string
		code         int32
		reason       metav1.StatusReason
		message      string
		gone, denied bool
	}{
		{"no such Pod", 404, metav1.StatusReasonNotFound, `pods "p" not found`, true, false},
		{"a kubelet that has just started", 404, metav1.StatusReasonNotFound, `the server could not find the requested resource ( pods/log p)`, false, false},
		{"no right", 403, metav1.StatusReasonForbidden, `pods "p" is forbidden: User "u" cannot get resource "pods/log" in API group ""`, false, true},
		{"not started", 400, metav1.StatusReasonBadRequest, `container "main" in pod "p" is waiting to start: ContainerCreating`, false, false},
		{"node away", 500, metav1.StatusReasonInternalError, `Get "https://192.0.2.11:10250/containerLogs": dial tcp: no route to host`, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := kubetest.New()
			calls := 0
			server.Fail(func(*http.Request) (*http.Response, error) {
				calls++
				resp := kubetest.Status(tt.code, tt.reason, tt.message)
				resp.Header.Set("Retry-After", "1")
				return resp, nil
			})
			_, err := New(server.Client().CoreV1(), "ns").Open(t.Context(), "p", "main", time.Time{}, true)
			var e *kube.Error
			if !errors.As(err, &e) || e.NotFound() != tt.gone || e.Denied() != tt.denied || calls != 1 {
				t.Errorf("got %v after %d calls", err, calls)
			}
			if !strings.HasPrefix(err.Error(), "read the log of container main of pod p: ") {
				t.Errorf("got %q", err)
			}
		})
	}
}

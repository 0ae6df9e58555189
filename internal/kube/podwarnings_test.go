package kube

import (
	"net/http"
	"testing"

	"github.com/stepherd/stepherd/internal/kube/kubetest"
)

func TestPodWarnings(t *testing.T) {
	for name, tt := range map[string]struct{ items, want string }{
		"none": {``, ""},
		"the newest, whatever its order and its API": {
			`{"reason":"FailedMount","message":"old","lastTimestamp":"2031-01-02T03:04:05Z"},
			 {"reason":"FailedMount","message":"secret \"s\"\nnot found","eventTime":"2031-01-02T03:04:07.000000Z","lastTimestamp":null},
			 {"reason":"FailedAttachVolume","message":"older","eventTime":"2031-01-02T03:04:01.000000Z","series":{"count":2,"lastObservedTime":"2031-01-02T03:04:06.000000Z"}}`,
			`FailedMount: secret "s" not found`,
		},
		"one without times": {`{"reason":"Odd","message":"m","metadata":{"creationTimestamp":"2031-01-02T03:04:05Z"}}`, "Odd: m"},
	} {
		t.Run(name, func(t *testing.T) {
			server := kubetest.New()
			asked := ""
			server.Intercept(func(r *http.Request) *http.Response {
				asked = r.URL.Query().Get("fieldSelector")
				return kubetest.JSON(`{"kind":"EventList","apiVersion":"v1","items":[` + tt.items + `]}`)
			})
			got, err := NewPodWarnings(server.Client().CoreV1(), "ns").Latest(t.Context(), "uid-1")
			if err != nil || got != tt.want {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
			if asked != "involvedObject.uid=uid-1,type=Warning" {
				t.Errorf("asked for %q", asked)
			}
		})
	}
}

func TestPodWarningsErr(t *testing.T) {
	server := kubetest.New()
	server.Intercept(func(*http.Request) *http.Response { return kubetest.Status(403, "Forbidden", "no") })
	if _, err := NewPodWarnings(server.Client().CoreV1(), "ns").Latest(t.Context(), "uid-1"); err == nil {
		t.Error("no error")
	}
}

package kube

import (
	"maps"
	"net/http"
	"testing"

	"github.com/stepherd/stepherd/internal/kube/kubetest"
)

func TestPodWarnings(t *testing.T) {
	const (
		old    = `{"involvedObject":{"uid":"uid-1"},"reason":"FailedMount","message":"old","lastTimestamp":"2031-01-02T03:04:05Z"}`
		newest = `{"involvedObject":{"uid":"uid-1"},"reason":"FailedMount","message":"secret \"s\"\nnot found","eventTime":"2031-01-02T03:04:07.000000Z","lastTimestamp":null}`
		older  = `{"involvedObject":{"uid":"uid-1"},"reason":"FailedAttachVolume","message":"older","eventTime":"2031-01-02T03:04:01.000000Z","series":{"count":2,"lastObservedTime":"2031-01-02T03:04:06.000000Z"}}`
		odd    = `{"involvedObject":{"uid":"uid-2"},"reason":"Odd","message":"m","metadata":{"creationTimestamp":"2031-01-02T03:04:05Z"}}`
	)
	for name, tt := range map[string]struct {
		uids  []string
		pages []string
		asked string
		want  map[string]string
	}{
		"none": {[]string{"uid-1"}, []string{``}, "involvedObject.uid=uid-1,type=Warning", nil},
		"the newest, whatever its order and its API": {
			[]string{"uid-1"}, []string{old + "," + newest + "," + older}, "involvedObject.uid=uid-1,type=Warning",
			map[string]string{"uid-1": `FailedMount: secret "s" not found`},
		},
		"one without times": {[]string{"uid-2"}, []string{odd}, "involvedObject.uid=uid-2,type=Warning", map[string]string{"uid-2": "Odd: m"}},
		"those of many, in pages": {
			[]string{"uid-3", "uid-2", "uid-1"}, []string{old, odd + "," + newest}, "involvedObject.kind=Pod,type=Warning",
			map[string]string{"uid-1": `FailedMount: secret "s" not found`, "uid-2": "Odd: m"},
		},
		"of none but those": {[]string{"uid-3", "uid-1"}, []string{old, odd}, "involvedObject.kind=Pod,type=Warning", map[string]string{"uid-1": "FailedMount: old"}},
	} {
		t.Run(name, func(t *testing.T) {
			server := kubetest.New()
			next := map[string]string{"": tt.pages[0]}
			server.Intercept(func(r *http.Request) *http.Response {
				if asked := r.URL.Query().Get("fieldSelector"); asked != tt.asked {
					t.Errorf("asked for %q", asked)
				}
				items, more := next[r.URL.Query().Get("continue")], ""
				if len(tt.pages) > 1 && r.URL.Query().Get("continue") == "" {
					more, next["2"] = "2", tt.pages[1]
				}
				return kubetest.JSON(`{"kind":"EventList","apiVersion":"v1","metadata":{"continue":"` + more + `"},"items":[` + items + `]}`)
			})
			got, err := NewPodWarnings(server.Client().CoreV1(), "ns").Latest(t.Context(), tt.uids)
			if err != nil || !maps.Equal(got, tt.want) {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

func TestPodWarningsErr(t *testing.T) {
	server := kubetest.New()
	server.Intercept(func(*http.Request) *http.Response { return kubetest.Status(403, "Forbidden", "no") })
	if _, err := NewPodWarnings(server.Client().CoreV1(), "ns").Latest(t.Context(), []string{"uid-1"}); err == nil {
		t.Error("no error")
	}
}

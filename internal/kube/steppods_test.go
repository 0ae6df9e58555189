package kube

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/kube/kubetest"
	"github.com/stepherd/stepherd/internal/run"
)

func newStepPods() (*kubetest.Server, *StepPods) {
	server := kubetest.New()
	return server, NewStepPods(server.Client().CoreV1().RESTClient(), RunRef{Namespace: "ns", Name: "run", UID: uid})
}

func forbidden(message string) func() (*http.Response, error) {
	return func() (*http.Response, error) {
		return kubetest.Status(403, metav1.StatusReasonForbidden, `pods "p" is forbidden: `+message), nil
	}
}

func TestCreateFailures(t *testing.T) {
	say := func(code int32, reason metav1.StatusReason, message string) func() (*http.Response, error) {
		return func() (*http.Response, error) { return kubetest.Status(code, reason, message), nil }
	}
	tests := []struct {
		name   string
		answer func() (*http.Response, error)
		class  run.CreateClass
		says   string
		after  time.Duration
	}{
		{"429", func() (*http.Response, error) { return kubetest.TooMany(3), nil }, run.CreateTransient, "create pod", 3 * time.Second},
		{"500", say(500, metav1.StatusReasonInternalError, "etcdserver: leader changed"), run.CreateTransient, "leader changed", 0},
		{"503", say(503, metav1.StatusReasonServiceUnavailable, "starting"), run.CreateTransient, "starting", 0},
		{"504", say(504, metav1.StatusReasonTimeout, "request did not complete"), run.CreateTransient, "did not complete", 0},
		{"401", say(401, metav1.StatusReasonUnauthorized, "token expired"), run.CreateTransient, "token expired", 0},
		{"no connection", func() (*http.Response, error) { return nil, errors.New("connection refused") }, run.CreateTransient, "connection refused", 0},
		{"the answer breaks off", func() (*http.Response, error) {
			r := kubetest.Status(201, "", "")
			r.Body = io.NopCloser(strings.NewReader(`{"kind":"Po`))
			return r, nil
		}, run.CreateTransient, "create pod", 0},
		{"conflict in counting the quota", say(409, metav1.StatusReasonConflict, "Operation cannot be fulfilled on resourcequotas"), run.CreateTransient, "resourcequotas", 0},
		{"namespace not found", say(404, metav1.StatusReasonNotFound, `namespaces "ns" not found`), run.CreateTransient, "not found", 0},
		{"webhook away", say(500, metav1.StatusReasonInternalError, `Internal error occurred: failed calling webhook "x.example": failed to call webhook: service "s" not found`),
			run.CreateBlocked, `admission webhook "x.example" cannot be asked for now, and is asked again: service "s" not found`, 0},
		{"webhook denies with 503", say(503, "", `admission webhook "x.example" denied the request: starting`), run.CreateBlocked, `"x.example" cannot be asked for now, and is asked again: starting`, 0},
		{"webhook denies with 404", say(404, metav1.StatusReasonNotFound, `admission webhook "x.example" denied the request: no`), run.CreateRejected, `admission webhook "x.example" denied the request: no`, 0},
		{"webhook denies with 409", say(409, metav1.StatusReasonAlreadyExists, `admission webhook "x.example" denied the request: no`), run.CreateRejected, `admission webhook "x.example" denied the request: no`, 0},
		{"quota", forbidden("exceeded quota: q, requested: pods=1"), run.CreateQuota, "exceeded quota: q", 0},
		{"no right", forbidden(`User "sa" cannot create resource "pods" in API group ""`), run.CreateTransient, `User "sa" cannot create`, 0},
		{"admission", forbidden("violates PodSecurity"), run.CreateRejected, "violates PodSecurity", 0},
		{"invalid", say(422, metav1.StatusReasonInvalid, "spec.x: Invalid value"), run.CreateRejected, "spec.x: Invalid value", 0},
		{"bad request", say(400, metav1.StatusReasonBadRequest, "strict decoding error"), run.CreateRejected, "strict decoding", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server, pods := newStepPods()
			calls := 0
			server.Fail(func(r *http.Request) (*http.Response, error) {
				calls++
				return tt.answer()
			})
			e, ok := pods.Create(t.Context(), stepPod()).(run.CreateFailed)
			if !ok || e.Class != tt.class || e.RetryAfter != tt.after || !strings.Contains(e.Message, tt.says) {
				t.Errorf("got %+v", e)
			}
			if e.Step != "load" || e.Attempt != 1 || e.Now.IsZero() || strings.Contains(e.Message, "\n") {
				t.Errorf("got %+v", e)
			}
			if calls != 1 {
				t.Errorf("%d calls, want 1: it is the run that tries again", calls)
			}
		})
	}
}

// TestCreateWhoseAnswerIsLost: the next create of the same Pod finds it.
func TestCreateWhoseAnswerIsLost(t *testing.T) {
	server, pods := newStepPods()
	server.Fail(func(r *http.Request) (*http.Response, error) {
		server.Serve(r)
		return nil, errors.New("connection reset")
	})
	if e, ok := pods.Create(t.Context(), stepPod()).(run.CreateFailed); !ok || e.Class != run.CreateTransient {
		t.Errorf("got %+v", e)
	}
	server.Fail(nil)
	e, ok := pods.Create(t.Context(), stepPod()).(run.PodSeen)
	if !ok || e.Pod.Step != "load" || e.Pod.UID != "uid-1" {
		t.Errorf("got %+v", e)
	}
}

func TestCreateUnderATakenName(t *testing.T) {
	older := func(p *corev1.Pod) { p.OwnerReferences[0].UID, p.OwnerReferences[0].Name = "9999", "older" }
	tests := []struct {
		name     string
		there    *corev1.Pod
		deleting bool
		class    run.CreateClass
		says     string
	}{
		{"a stranger's", stepPod(older), false, run.CreateRejected, "taken by a pod of Job older (UID 9999): delete that pod, or submit under another name"},
		{"a stranger's on its way out", stepPod(older), true, run.CreateBlocked, "taken by a pod of Job older (UID 9999) that is on its way out"},
		{"nobody's", stepPod(func(p *corev1.Pod) { p.OwnerReferences = nil }), false, run.CreateRejected, "taken by a pod of nobody"},
		{"ours of another attempt", stepPod(func(p *corev1.Pod) { p.Labels["stepherd.dev/attempt"] = "2" }), false, run.CreateRejected, "taken by a pod of Job run"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server, pods := newStepPods()
			if _, err := server.Client().CoreV1().Pods("ns").Create(t.Context(), tt.there, metav1.CreateOptions{}); err != nil {
				t.Fatal(err)
			}
			if tt.deleting {
				server.Set("pods", "ns", tt.there.Name, func(o map[string]any) {
					o["metadata"].(map[string]any)["deletionTimestamp"] = "2031-01-02T03:04:05Z"
				})
			}
			e, ok := pods.Create(t.Context(), stepPod()).(run.CreateFailed)
			if !ok || e.Class != tt.class || !strings.Contains(e.Message, tt.says) {
				t.Errorf("got %+v", e)
			}
		})
	}
}

// TestCreateThatLosesItsMarks: a webhook that takes our labels away makes a Pod that no run would ever find.
func TestCreateThatLosesItsMarks(t *testing.T) {
	_, pods := newStepPods()
	e, ok := pods.Create(t.Context(), stepPod(func(p *corev1.Pod) { delete(p.Labels, "stepherd.dev/run-uid") })).(run.CreateFailed)
	if !ok || e.Class != run.CreateRejected || !strings.Contains(e.Message, "webhook") {
		t.Errorf("got %+v", e)
	}
}

func TestDelete(t *testing.T) {
	server, pods := newStepPods()
	created := pods.Create(t.Context(), stepPod()).(run.PodSeen).Pod
	var body string
	server.Fail(func(r *http.Request) (*http.Response, error) {
		data, _ := io.ReadAll(r.Body)
		body = string(data)
		return kubetest.Status(503, "", "away"), nil
	})
	err := pods.Delete(t.Context(), created.Name, created.UID, nil)
	var e *Error
	if !errors.As(err, &e) || !e.Temporary() {
		t.Errorf("got %v", err)
	}
	for _, part := range []string{`"propagationPolicy":"Background"`, `"preconditions":{"uid":"` + created.UID + `"}`} {
		if !strings.Contains(body, part) {
			t.Errorf("%s has no %s", body, part)
		}
	}
	server.Fail(func(*http.Request) (*http.Response, error) {
		return kubetest.Status(409, metav1.StatusReasonConflict, "the object has been modified"), nil
	})
	if err := pods.Delete(t.Context(), created.Name, created.UID, nil); err == nil {
		t.Error("a conflict that is not about the UID is no success")
	}
	server.Fail(nil)
	if err := pods.Delete(t.Context(), created.Name, created.UID, nil); err != nil {
		t.Error(err)
	}
	if server.Get("pods", "ns", created.Name)["metadata"].(map[string]any)["deletionTimestamp"] == nil {
		t.Error("the Pod is not being deleted")
	}
}

func TestListErr(t *testing.T) {
	server, pods := newStepPods()
	server.Fail(func(*http.Request) (*http.Response, error) {
		return kubetest.Status(403, metav1.StatusReasonForbidden, `User "sa" cannot list resource "pods"`), nil
	})
	_, err := pods.List(t.Context())
	var e *Error
	if !errors.As(err, &e) || !e.Denied() || !strings.HasPrefix(err.Error(), "list the pods of run run: ") {
		t.Errorf("got %v", err)
	}
}

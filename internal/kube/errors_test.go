package kube

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

func status(code int32, reason metav1.StatusReason, message string) error {
	return &apierrors.StatusError{ErrStatus: metav1.Status{Status: metav1.StatusFailure, Code: code, Reason: reason, Message: message}}
}

// denial is what the server makes of a webhook's answer; the code is the webhook's.
func denial(code int32, message string) error {
	return status(code, "", `admission webhook "x.example" denied the request: `+message)
}

func TestKindOf(t *testing.T) {
	forbidden := func(message string) error {
		return status(403, metav1.StatusReasonForbidden, `pods "p" is forbidden: `+message)
	}
	ending := forbidden("unable to create new content in namespace ns because it is being terminated").(*apierrors.StatusError) //nolint:errorlint // made two lines above, and not wrapped
	ending.ErrStatus.Details = &metav1.StatusDetails{Causes: []metav1.StatusCause{{Type: corev1.NamespaceTerminatingCause}}}
	pods := schema.GroupResource{Resource: "pods"}
	tests := []struct {
		name string
		err  error
		want Kind
	}{
		{"none", nil, KindNone},
		{"no connection", &url.Error{Op: "Post", URL: "https://x", Err: errors.New("connection refused")}, KindTransient},
		{"our time-out", context.DeadlineExceeded, KindTransient},
		{"our end", fmt.Errorf("x: %w", context.Canceled), KindDone},
		{"too many requests", apierrors.NewTooManyRequests("slow down", 7), KindTransient},
		{"internal error", apierrors.NewInternalError(errors.New("etcd")), KindTransient},
		{"unavailable", apierrors.NewServiceUnavailable("starting"), KindTransient},
		{"server's time-out", apierrors.NewTimeoutError("took too long", 3), KindTransient},
		{"expired token", apierrors.NewUnauthorized("token"), KindTransient},
		{"not found", apierrors.NewNotFound(pods, "p"), KindNotFound},
		{"already exists", apierrors.NewAlreadyExists(pods, "p"), KindExists},
		{"conflict", apierrors.NewConflict(pods, "p", errors.New("modified")), KindConflict},
		{"expired", apierrors.NewResourceExpired("too old"), KindExpired},
		{"gone", status(410, metav1.StatusReasonGone, "gone"), KindExpired},
		{"invalid", apierrors.NewInvalid(schema.GroupKind{Kind: "Pod"}, "p", nil), KindRefused},
		{"bad request", apierrors.NewBadRequest("no"), KindRefused},
		{"too large", apierrors.NewRequestEntityTooLargeError("limit is 3145728"), KindRefused},
		{"quota", forbidden("exceeded quota: q, requested: pods=1, used: pods=5, limited: pods=5"), KindQuota},
		{"quota not counted yet", forbidden("status unknown for quota: q, resources: pods"), KindQuota},
		{"quota demands a request", forbidden("failed quota: q: must specify cpu for: main"), KindRefused},
		{"RBAC", forbidden(`User "system:serviceaccount:ns:sa" cannot create resource "pods" in API group "" in the namespace "ns"`), KindNoRight},
		{"namespace ends", ending, KindNamespaceEnds},
		{"pod security", forbidden(`violates PodSecurity "restricted:latest": runAsNonRoot != true`), KindRefused},
		{"limit range", forbidden("maximum memory usage per Container is 1Gi, but limit is 2Gi"), KindRefused},
		{"webhook", status(403, metav1.StatusReasonForbidden, `admission webhook "x" denied the request: no`), KindRefused},
		{"webhook away", apierrors.NewInternalError(errors.New(`failed calling webhook "x": connection refused`)), KindTransient},
		{"webhook denies with 404", denial(404, "namespaces \"ns\" not found"), KindRefused},
		{"webhook denies with 409", denial(409, "already exists"), KindRefused},
		{"webhook denies with AlreadyExists", status(409, metav1.StatusReasonAlreadyExists, `admission webhook "x.example" denied the request: no`), KindRefused},
		{"webhook denies with 401", denial(401, "who are you"), KindRefused},
		{"webhook denies with 410", denial(410, "gone"), KindRefused},
		{"webhook denies in the words of RBAC", denial(403, `User "u" cannot create resource "pods"`), KindRefused},
		{"webhook denies in the words of quota", denial(403, "exceeded quota: q"), KindRefused},
		{"webhook denies with 429", denial(429, "later"), KindTransient},
		{"webhook denies with 503", denial(503, "later"), KindTransient},
		{"webhook denies without a word", status(400, "", `admission webhook "x.example" denied the request without explanation`), KindRefused},
		{"policy denies with 401", status(401, metav1.StatusReasonUnauthorized, `pods "p" is forbidden: ValidatingAdmissionPolicy 'no' with binding 'b' denied request: no`), KindRefused},
		{"server has just started", forbidden("not yet ready to handle request"), KindTransient},
		{"limit ranges cannot be read", forbidden("unable to create pods at this time because there was an error enforcing limit ranges"), KindTransient},
		{"no service account", forbidden(`error looking up service account ns/sa: serviceaccount "sa" not found`), KindRefused},
		{"service account cannot be read", forbidden("error looking up service account ns/sa: etcdserver: request timed out"), KindTransient},
		{"our own", Failed(apierrors.NewNotFound(pods, "p"), "get pod p"), KindNotFound},
		{"our own, wrapped", fmt.Errorf("x: %w", Failed(apierrors.NewNotFound(pods, "p"), "get pod p")), KindNotFound},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := KindOf(tt.err); got != tt.want {
				t.Errorf("KindOf(%v) = %d, want %d", tt.err, got, tt.want)
			}
		})
	}
}

func TestFailed(t *testing.T) {
	if err := Failed(nil, "create pod %s", "p"); err != nil {
		t.Errorf("no error became %v", err)
	}
	err := Failed(apierrors.NewTooManyRequests("slow down", 7), "create pod %s", "p")
	var e *Error
	if !errors.As(err, &e) || e.RetryAfter != 7*time.Second || !e.Temporary() || e.NotFound() || e.Denied() {
		t.Errorf("got %+v", e)
	}
	if err.Error() != "create pod p: slow down" {
		t.Errorf("got %q", err)
	}
	if !errors.Is(Failed(fmt.Errorf("post: %w", context.Canceled), "x"), context.Canceled) {
		t.Error("a cancelled call does not say so")
	}
	denied := Failed(status(http.StatusForbidden, metav1.StatusReasonForbidden, `User "u" cannot list resource "pods" in API group ""`), "list pods")
	if !errors.As(denied, &e) || !e.Denied() || !strings.HasPrefix(denied.Error(), `list pods: User "u" cannot list`) {
		t.Errorf("got %v", denied)
	}
}

// TestDeniedUser is who lacks a right, as the server names them.
func TestDeniedUser(t *testing.T) {
	for _, tc := range []struct{ message, right, user, object string }{
		{`jobs.batch "r" is forbidden: User "jane" cannot get resource "jobs" in API group "batch" in the namespace "ml"`, "get jobs ml", "jane", "r"},
		{`jobs.batch is forbidden: User "system:serviceaccount:ml:x" cannot list resource "jobs" in API group "batch" in the namespace "ml"`, "list jobs ml", "system:serviceaccount:ml:x", ""},
		{`users "bob" is forbidden: User "jane" cannot impersonate resource "users" in API group "" at the cluster scope`, "impersonate users ", "jane", "bob"},
		{`pods "x" is forbidden: violates PodSecurity "restricted:latest"`, "  ", "", ""},
	} {
		err := Failed(status(http.StatusForbidden, metav1.StatusReasonForbidden, tc.message), "ask")
		var e *Error
		if !errors.As(err, &e) {
			t.Fatal(err)
		}
		verb, resource, namespace, _ := e.MissingRight()
		user, object := e.DeniedUser()
		if got := verb + " " + resource + " " + namespace; got != tc.right || user != tc.user || object != tc.object {
			t.Errorf("%s: got %s, user %q, object %q", tc.message, got, user, object)
		}
	}
}

package kube

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// TestAdmissionErrors: what a webhook or a policy says of a request is told apart from what the same code means otherwise.
func TestAdmissionErrors(t *testing.T) {
	pods := schema.GroupResource{Resource: "pods"}
	denied := func(code int32, reason metav1.StatusReason) error {
		return status(code, reason, `admission webhook "w.example" denied the request: no`)
	}
	policy := func(code int32, reason metav1.StatusReason) error {
		return status(code, reason, `pods "p" is forbidden: ValidatingAdmissionPolicy 'v' with binding 'b' denied request: no`)
	}
	for _, tt := range []struct {
		name string
		err  error
		want string // what the error says of itself
	}{
		{"no such namespace", apierrors.NewNotFound(schema.GroupResource{Resource: "namespaces"}, "n"), "not found"},
		{"name is taken", apierrors.NewAlreadyExists(pods, "p"), "exists"},
		{"expired token", apierrors.NewUnauthorized("token"), "unauthorized temporary"},
		{"server busy", apierrors.NewTooManyRequests("slow down", 1), "temporary"},
		{"denied", denied(403, metav1.StatusReasonForbidden), "refused"},
		{"denied with 400", denied(400, ""), "refused"},
		{"denied with 401", denied(401, metav1.StatusReasonUnauthorized), "refused"},
		{"denied with 404", denied(404, metav1.StatusReasonNotFound), "refused"},
		{"denied with 409", denied(409, metav1.StatusReasonAlreadyExists), "refused"},
		{"denied with 409, conflict", denied(409, metav1.StatusReasonConflict), "refused"},
		{"denied with 410", denied(410, metav1.StatusReasonExpired), "refused"},
		{"denied with 422", denied(422, metav1.StatusReasonInvalid), "refused"},
		{"denied with 429", denied(429, metav1.StatusReasonTooManyRequests), `temporary busy "w.example" "no"`},
		{"denied with 500", denied(500, metav1.StatusReasonInternalError), `temporary busy "w.example" "no"`},
		{"denied with 503", denied(503, ""), `temporary busy "w.example" "no"`},
		{"denied with the words of a quota", status(403, metav1.StatusReasonForbidden, `admission webhook "w.example" denied the request: exceeded quota: q, requested: x`), "refused"},
		{"denied with the words of RBAC", status(403, metav1.StatusReasonForbidden, `admission webhook "w.example" denied the request: User "u" cannot create resource "pods"`), "refused"},
		{"denied without a word", status(500, "", `admission webhook "w.example" denied the request without explanation`), `temporary busy "w.example" " without explanation"`},
		{"denied by a policy", policy(422, metav1.StatusReasonInvalid), "refused"},
		{"denied by a policy with 401", policy(401, metav1.StatusReasonUnauthorized), "refused"},
		{"denied by a policy with 413", policy(413, metav1.StatusReasonRequestEntityTooLarge), "refused"},
		{"away", apierrors.NewInternalError(errors.New(`failed calling webhook "w.example": failed to call webhook: Post "https://s.n.svc:443/?timeout=1s": service "s" not found`)),
			`temporary away "w.example" "Post \"https://s.n.svc:443/?timeout=1s\": service \"s\" not found"`},
		{"answers nonsense", apierrors.NewInternalError(errors.New(`failed calling webhook "w.example": expected response.uid="1", got ""`)),
			`temporary away "w.example" "expected response.uid=\"1\", got \"\""`},
		{"cannot be tried", apierrors.NewBadRequest(`admission webhook "w.example" does not support dry run`), `no dry-run "w.example"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := selfDescription(t, Failed(tt.err, "create pod p")); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func selfDescription(t *testing.T, err error) string {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got %T", err)
	}
	var said []string
	add := func(ok bool, format string, args ...any) {
		if ok {
			said = append(said, fmt.Sprintf(format, args...))
		}
	}
	add(e.NotFound(), "not found")
	add(e.Exists(), "exists")
	add(e.Refused(), "refused")
	add(e.Unauthorized(), "unauthorized")
	add(e.Temporary(), "temporary")
	webhook, why, ok := e.WebhookAway()
	add(ok, "away %q %q", webhook, why)
	webhook, why, ok = e.WebhookBusy()
	add(ok, "busy %q %q", webhook, why)
	webhook, ok = e.NoDryRun()
	add(ok, "no dry-run %q", webhook)
	return strings.Join(said, " ")
}

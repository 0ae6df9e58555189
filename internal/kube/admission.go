package kube

import (
	"net/http"
	"regexp"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// What admission webhooks and policies answer. They choose the code of a denial themselves, so that 404 need not mean that
// something is missing, nor 409 that a name is taken; only the words tell.
var (
	// apiserver/pkg/admission/plugin/webhook/errors/statuserror.go, ToStatusErr (v1.35).
	webhookDenied = regexp.MustCompile(`^admission webhook "([^"]+)" denied the request(?:: )?(.*)`)
	// apiserver/pkg/admission/plugin/policy/validating/dispatcher.go and generic/policy_dispatcher.go.
	policyDenied = regexp.MustCompile(`[pP]olicy ['"][^'"]+['"](?: with binding '[^']+')? denied request: `)
	// apiserver/pkg/util/webhook/error.go, ErrCallingWebhook.
	webhookFailed = regexp.MustCompile(`failed calling webhook "([^"]+)"(?:: (?:failed to call webhook: )?|; )(.*)`)
	// apiserver/pkg/admission/plugin/webhook/errors/statuserror.go, NewDryRunUnsupportedErr.
	noDryRun = regexp.MustCompile(`admission webhook "([^"]+)" does not support dry run`)
)

// deniedByAdmission reports whether a webhook or a policy has denied the request.
func deniedByAdmission(message string) bool {
	return webhookDenied.MatchString(message) || policyDenied.MatchString(message)
}

// kindOfDenial classifies a denial: one with 429 or 5xx asks to try again, any other code is a refusal.
func kindOfDenial(status metav1.Status) Kind {
	if deniedForNow(status) {
		return KindTransient
	}
	return KindRefused
}

func deniedForNow(status metav1.Status) bool {
	return status.Code == http.StatusTooManyRequests || status.Code >= http.StatusInternalServerError
}

// WebhookAway names the admission webhook that could not be called, and why.
func (e *Error) WebhookAway() (webhook, why string, ok bool) {
	return captured(webhookFailed, Reason(e.err))
}

// WebhookBusy names the admission webhook that has denied the request by a code that asks to try again, and what it said.
func (e *Error) WebhookBusy() (webhook, why string, ok bool) {
	if status, ok := statusOf(e.err); !ok || !deniedForNow(status) {
		return "", "", false
	}
	return captured(webhookDenied, Reason(e.err))
}

// NoDryRun names the admission webhook that is not called for a dry-run, which the API server refuses then.
func (e *Error) NoDryRun() (webhook string, ok bool) {
	m := noDryRun.FindStringSubmatch(Reason(e.err))
	if m == nil {
		return "", false
	}
	return m[1], true
}

func captured(r *regexp.Regexp, text string) (webhook, why string, ok bool) {
	m := r.FindStringSubmatch(text)
	if m == nil {
		return "", "", false
	}
	return m[1], m[2], true
}

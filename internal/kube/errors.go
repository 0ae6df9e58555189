package kube

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Kind is what an error of the API server means to us.
type Kind int

// The kinds of errors.
const (
	// KindNone is no error.
	KindNone Kind = iota
	// KindTransient passes by itself: no connection, timeout, 429, 5xx, an expired token.
	KindTransient
	// KindDone is the end of our own context.
	KindDone
	// KindNotFound is 404.
	KindNotFound
	// KindExists is 409 AlreadyExists.
	KindExists
	// KindConflict is 409 for a resourceVersion or UID that is not the object's any more.
	KindConflict
	// KindExpired is 410: a resourceVersion or continue token that the server has forgotten.
	KindExpired
	// KindQuota is 403 for an exceeded ResourceQuota.
	KindQuota
	// KindNoRight is 403 for a missing right (RBAC or another authorizer).
	KindNoRight
	// KindNamespaceEnds is 403 because the namespace is terminating.
	KindNamespaceEnds
	// KindRefused is a refusal of the object itself: 400, 422, an admission's 403.
	KindRefused
)

// Error is a failed call. Its text is one sentence that begins with the operation and its object.
type Error struct {
	// Op is like `create pod x`.
	Op   string
	Kind Kind
	// RetryAfter is the server's wish, 0 if it has none.
	RetryAfter time.Duration
	err        error
}

func (e *Error) Error() string { return e.Op + ": " + Reason(e.err) }

// Unwrap gives the cause; that of a cancelled call is context.Canceled.
func (e *Error) Unwrap() error { return e.err }

// NotFound reports whether the object does not exist.
func (e *Error) NotFound() bool { return e.Kind == KindNotFound }

// Denied reports whether a right is missing.
func (e *Error) Denied() bool { return e.Kind == KindNoRight }

// Temporary reports whether the same call may work later with nothing changed.
func (e *Error) Temporary() bool { return e.Kind == KindTransient }

// Failed makes an *Error of what a client call gave; nil stays nil.
func Failed(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return &Error{Op: fmt.Sprintf(format, args...), Kind: KindOf(err), RetryAfter: retryAfter(err), err: err}
}

// KindOf classifies an error of a client call, or an *Error.
func KindOf(err error) Kind {
	var own *Error
	if errors.As(err, &own) {
		return own.Kind
	}
	if err == nil {
		return KindNone
	}
	if errors.Is(err, context.Canceled) {
		return KindDone
	}
	status, ok := statusOf(err)
	if !ok {
		return KindTransient // no answer of the server's: connection, TLS, time-out
	}
	if plainToTLS(status) || notTheAPI(status) {
		return KindTransient
	}
	if deniedByAdmission(status.Message) {
		return kindOfDenial(status)
	}
	switch status.Code {
	case http.StatusNotFound:
		return KindNotFound
	case http.StatusConflict:
		if status.Reason == metav1.StatusReasonAlreadyExists {
			return KindExists
		}
		return KindConflict
	case http.StatusGone:
		return KindExpired
	case http.StatusForbidden:
		return kindOfForbidden(err, status)
	case http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusRequestEntityTooLarge,
		http.StatusMethodNotAllowed, http.StatusNotAcceptable, http.StatusUnsupportedMediaType:
		return KindRefused
	}
	return KindTransient
}

// notTheAPI reports whether something that is no API server has said that there is no such thing: a proxy, or a web server at
// the address of the kubeconfig. client-go makes a Status of what is none (rest.Request.newUnstructuredResponseError, v0.35).
func notTheAPI(status metav1.Status) bool {
	switch status.Code {
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		_, unexpected := unexpectedAnswer(status)
		return unexpected
	}
	return false
}

// plainToTLS reports whether Go's TLS server has answered a request that came without TLS (net/http/server.go).
func plainToTLS(status metav1.Status) bool {
	text, unexpected := unexpectedAnswer(status)
	return unexpected && status.Code == http.StatusBadRequest && strings.Contains(text, "HTTP request to an HTTPS server")
}

func unexpectedAnswer(status metav1.Status) (text string, ok bool) {
	if status.Details == nil {
		return "", false
	}
	for _, cause := range status.Details.Causes {
		if cause.Type == metav1.CauseTypeUnexpectedServerResponse {
			return cause.Message, true
		}
	}
	return "", false
}

// kindOfForbidden tells the meanings of 403 apart. The server has one code for all of them, so its words must do; they
// are cited from v1.35.
func kindOfForbidden(err error, status metav1.Status) Kind {
	says := func(words string) bool { return strings.Contains(status.Message, words) }
	switch {
	case apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause):
		return KindNamespaceEnds
	// apiserver/pkg/admission/plugin/resourcequota/controller.go. `failed quota` (a request that a quota demands is not
	// in the Pod) is for good and therefore not here.
	case says("exceeded quota: "), says("status unknown for quota: "):
		return KindQuota
	// apiserver/pkg/endpoints/handlers/responsewriters/errors.go, forbiddenMessage.
	case says(" cannot ") && says(" resource "):
		return KindNoRight
	// An API server that has just started: admission plug-ins answer so until their caches are filled.
	case says("not yet ready to handle request"), says("at this time because there was an error"):
		return KindTransient
	// plugin/pkg/admission/serviceaccount/admission.go: it answers this to any error of its own look-up.
	case says("error looking up service account") && !says("not found"):
		return KindTransient
	}
	return KindRefused
}

// Reason is the server's own message, without client-go's wrapping.
func Reason(err error) string {
	if status, ok := statusOf(err); ok && status.Message != "" {
		return status.Message
	}
	return err.Error()
}

func statusOf(err error) (metav1.Status, bool) {
	var status apierrors.APIStatus
	if !errors.As(err, &status) {
		return metav1.Status{}, false
	}
	return status.Status(), true
}

// wishOf is the server's wish in an *Error.
func wishOf(err error) time.Duration {
	var e *Error
	if errors.As(err, &e) {
		return e.RetryAfter
	}
	return 0
}

func retryAfter(err error) time.Duration {
	seconds, ok := apierrors.SuggestsClientDelay(err)
	if !ok {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

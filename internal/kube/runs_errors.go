package kube

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"time"
)

// What package launch asks of an error, beside what errors.go says.

// Exists reports whether the name is taken.
func (e *Error) Exists() bool {
	denied, _ := e.denied()
	return e.Kind == KindExists && !denied
}

// Refused reports whether the object itself was refused, by whatever code.
func (e *Error) Refused() bool {
	if denied, later := e.denied(); denied {
		return !later
	}
	_, unasked := e.NoDryRun()
	return e.Kind == KindRefused && !unasked
}

// NamespaceEnding reports whether the namespace is being deleted.
func (e *Error) NamespaceEnding() bool { return e.Kind == KindNamespaceEnds }

// Quota says that a quota has no room.
func (e *Error) Quota() bool { return e.Kind == KindQuota }

// Unauthorized says that the server does not know who asks.
func (e *Error) Unauthorized() bool {
	status, ok := statusOf(e.err)
	return ok && status.Code == http.StatusUnauthorized && !deniedByAdmission(status.Message)
}

// Unsent says that no connection was had, so that the request cannot have done anything.
func (e *Error) Unsent() bool {
	var op *net.OpError
	return errors.As(e.err, &op) && op.Op == "dial"
}

// Message is what the server said, or what kept us from hearing it, without the operation and the URL.
func (e *Error) Message() string {
	var inURL *url.Error
	switch {
	case errors.Is(e.err, context.DeadlineExceeded):
		return fmt.Sprintf("no answer within %s", CallTimeout)
	case errors.As(e.err, &inURL):
		return inURL.Err.Error()
	}
	return Reason(e.err)
}

// cannot is how the API server says that a right is missing, whoever its authorizer is
// (apiserver/pkg/endpoints/handlers/responsewriters/errors.go, forbiddenMessage, v1.35).
var cannot = regexp.MustCompile(`cannot (\S+) resource "([^"]+)"(?: in API group "[^"]*")?(?: in the namespace "([^"]*)")?`)

// MissingRight is the right that is missing; an empty namespace means the cluster.
func (e *Error) MissingRight() (verb, resource, namespace string, ok bool) {
	if e.Kind != KindNoRight {
		return "", "", "", false
	}
	m := cannot.FindStringSubmatch(Reason(e.err))
	if m == nil {
		return "", "", "", false
	}
	return m[1], m[2], m[3], true
}

// untilDenied is for watches of a user who may not watch: trying again would be of no use. Every other break is told to
// trouble. The context is done, with the denial as its cause, when there is one.
func untilDenied(ctx context.Context, trouble func(error)) (context.Context, func(error, time.Duration)) {
	ctx, cancel := context.WithCancelCause(ctx)
	return ctx, func(err error, _ time.Duration) {
		if KindOf(err) == KindNoRight {
			cancel(err)
			return
		}
		trouble(err)
	}
}

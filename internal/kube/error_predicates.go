package kube

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// What package launch asks of an error, beside what errors.go says.

// Exists reports whether the name is taken.
func (e *Error) Exists() bool { return e.Kind == KindExists }

// Refused reports whether the object itself was refused, by whatever code.
func (e *Error) Refused() bool {
	_, unasked := e.NoDryRun()
	return e.Kind == KindRefused && !unasked
}

// NamespaceEnding reports whether the namespace is being deleted.
func (e *Error) NamespaceEnding() bool { return e.Kind == KindNamespaceEnds }

// Quota reports whether a quota has no room.
func (e *Error) Quota() bool { return e.Kind == KindQuota }

// Unauthorized reports whether the server does not know who asks, or the kubeconfig's token is over and no other is to be had
// (plugin/pkg/client/auth/oidc, v0.35).
func (e *Error) Unauthorized() bool {
	status, ok := statusOf(e.err)
	return ok && status.Code == http.StatusUnauthorized && !deniedByAdmission(status.Message) ||
		!ok && strings.Contains(e.err.Error(), "No valid id-token, and cannot refresh")
}

// Unsent reports whether no connection was had, so that the request cannot have done anything.
func (e *Error) Unsent() bool {
	var op *net.OpError
	return errors.As(e.err, &op) && op.Op == "dial"
}

// Message is what the server said, or what kept us from hearing it, without the operation and the URL.
func (e *Error) Message() string {
	var inURL *url.Error
	status, _ := statusOf(e.err)
	switch {
	case plainToTLS(status):
		return "it speaks TLS; write https:// in place of http:// into the kubeconfig's server"
	case notTheAPI(status):
		return fmt.Sprintf("it does not answer as a Kubernetes API server does (HTTP status %d); look at the kubeconfig's server", status.Code)
	case strings.Contains(e.err.Error(), "server gave HTTP response to HTTPS client"):
		return "it does not speak TLS; write http:// in place of https:// into the kubeconfig's server, or another port"
	case errors.Is(e.err, context.DeadlineExceeded):
		return fmt.Sprintf("no answer within %s", CallTimeout)
	case errors.As(e.err, &inURL):
		return pluginAdvice.ReplaceAllString(inURL.Err.Error(), "; ")
	}
	return Reason(e.err)
}

// pluginAdvice is what client-go adds to the failure of a credential plugin that is not there, in front of the kubeconfig's own
// hint (plugin/pkg/client/auth/exec/exec.go, v0.35).
var pluginAdvice = regexp.MustCompile(`\s*It looks like you are trying to use a client-go credential plugin[\s\S]*#client-go-credential-plugins\s*`)

// cannot matches how the API server tells that a right is missing, whatever its authorizer is
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

// DeniedUser is the user who lacks MissingRight, as the server knows it; object is what the right is wanted of, if it is one.
func (e *Error) DeniedUser() (user, object string) {
	m := deniedUser.FindStringSubmatch(Reason(e.err))
	if e.Kind != KindNoRight || m == nil {
		return "", ""
	}
	return m[2], m[1]
}

var deniedUser = regexp.MustCompile(`(?:^\S+ "([^"]*)" is forbidden: )?User "([^"]*)" cannot `)

// UntilDenied is for watches of a user who may not watch: trying again would be of no use. Every other break is told to
// trouble. The context is done, with the denial as its cause, when there is one.
func UntilDenied(ctx context.Context, trouble func(error)) (context.Context, func(error, time.Duration)) {
	ctx, cancel := context.WithCancelCause(ctx)
	return ctx, func(err error, _ time.Duration) {
		if KindOf(err) == KindNoRight {
			cancel(err)
			return
		}
		trouble(err)
	}
}

package launch

import (
	"errors"
	"fmt"
	"strings"
)

// Class is what an error means to whoever started the program; cmd makes the exit code of it.
type Class int

// The classes of errors.
const (
	// ClassCluster: the cluster cannot be reached or does not have, or does not allow, what was asked for; and all that
	// is not known better.
	ClassCluster Class = iota
	// ClassUser: the command line or the pipeline must be changed.
	ClassUser
	// ClassTimeout: the time to wait has passed.
	ClassTimeout
	// ClassDetached: the user let go of a run that goes on.
	ClassDetached
)

// Error is a sentence for the user. Lines are one sentence each where there are several.
type Error struct {
	Class Class
	Lines []string
	err   error
}

func (e *Error) Error() string { return strings.Join(e.Lines, "\n") }

// Unwrap gives the cause, if there is one.
func (e *Error) Unwrap() error { return e.err }

func userErrorf(format string, args ...any) *Error {
	return &Error{Class: ClassUser, Lines: []string{fmt.Sprintf(format, args...)}}
}

func clusterErrorf(format string, args ...any) *Error {
	return &Error{Class: ClassCluster, Lines: []string{fmt.Sprintf(format, args...)}}
}

// ErrInterrupted is the error of a user who did not wait for an answer.
var ErrInterrupted = &Error{Class: ClassDetached, Lines: []string{"interrupted"}}

// ClassOf is the class of any error.
func ClassOf(err error) Class {
	var e *Error
	if errors.As(err, &e) {
		return e.Class
	}
	return ClassCluster
}

// What errors of the ports say of themselves.

func isNotFound(err error) bool {
	var e interface{ NotFound() bool }
	return errors.As(err, &e) && e.NotFound()
}

func isExists(err error) bool {
	var e interface{ Exists() bool }
	return errors.As(err, &e) && e.Exists()
}

func isTemporary(err error) bool {
	var e interface{ Temporary() bool }
	return errors.As(err, &e) && e.Temporary()
}

// isUnsent says that the request has not left: nothing can have come of it.
func isUnsent(err error) bool {
	var e interface{ Unsent() bool }
	return errors.As(err, &e) && e.Unsent()
}

func isUnauthorized(err error) bool {
	var e interface{ Unauthorized() bool }
	return errors.As(err, &e) && e.Unauthorized()
}

// isRefused says that the object itself was refused: it is invalid, or an admission does not want it.
func isRefused(err error) bool {
	var e interface{ Refused() bool }
	return errors.As(err, &e) && e.Refused()
}

// isQuota says that a quota has no room for the object.
func isQuota(err error) bool {
	var e interface{ Quota() bool }
	return errors.As(err, &e) && e.Quota()
}

// isNamespaceEnding reports whether the namespace takes nothing more because it is being deleted.
func isNamespaceEnding(err error) bool {
	var e interface{ NamespaceEnding() bool }
	return errors.As(err, &e) && e.NamespaceEnding()
}

// webhookTrouble is the part of a sentence about an admission webhook that does not let a request through now, though it may
// later: it could not be called, or has denied the request by a code that asks to try again.
func webhookTrouble(err error) (text string, ok bool) {
	var e interface {
		WebhookAway() (webhook, why string, ok bool)
		WebhookBusy() (webhook, why string, ok bool)
	}
	if !errors.As(err, &e) {
		return "", false
	}
	if webhook, why, away := e.WebhookAway(); away {
		return fmt.Sprintf("the admission webhook %q cannot be called (%s)", webhook, oneLine(why)), true
	}
	webhook, why, busy := e.WebhookBusy()
	return fmt.Sprintf("the admission webhook %q denies it for now (%s)", webhook, oneLine(why)), busy
}

// unaskedWebhook names the admission webhook because of which a dry-run is not possible.
func unaskedWebhook(err error) (webhook string, ok bool) {
	var e interface {
		NoDryRun() (webhook string, ok bool)
	}
	if !errors.As(err, &e) {
		return "", false
	}
	return e.NoDryRun()
}

// right is something that a user may or may not do. user is the name by which the server knows who may not, and object whom or
// what it is wanted of; both are empty where it does not say.
type right struct{ verb, resource, namespace, user, object string }

// missingRight gives the right that an error says is missing.
func missingRight(err error) (right, bool) {
	var e interface {
		MissingRight() (verb, resource, namespace string, ok bool)
	}
	if !errors.As(err, &e) {
		return right{}, false
	}
	verb, resource, namespace, ok := e.MissingRight()
	r := right{verb: verb, resource: resource, namespace: namespace}
	var who interface {
		DeniedUser() (user, object string)
	}
	if errors.As(err, &who) {
		r.user, r.object = who.DeniedUser()
	}
	return r, ok
}

// message is what the API server itself said, in one line.
func message(err error) string {
	text := err.Error()
	var e interface{ Message() string }
	if errors.As(err, &e) {
		text = e.Message()
	}
	return oneLine(text)
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// sentence turns an error of a port into what the user reads; what is an *Error already stays.
func (l *Launcher) sentence(err error) error {
	var own *Error
	if err == nil || errors.As(err, &own) {
		return err
	}
	var text string
	r, missing := missingRight(err)
	webhook, inTheWay := webhookTrouble(err)
	switch {
	case missing:
		text = l.rightSentence(r)
	case isUnauthorized(err):
		text = fmt.Sprintf("%s does not take your credentials (%s); log in again, or choose another --context", l.Where, message(err))
	case isNamespaceEnding(err):
		text = fmt.Sprintf("namespace %q is being deleted; name another with -n, or make it anew when it is gone", l.Namespace)
	case inTheWay:
		text = fmt.Sprintf("%s cannot do that now: %s; try again later, or ask whoever runs that webhook", l.Where, webhook)
	case isTemporary(err):
		text = fmt.Sprintf("%s cannot be asked: %s", l.Where, message(err))
	default:
		return err
	}
	return &Error{Class: ClassCluster, err: err, Lines: []string{text}}
}

func (l *Launcher) rightSentence(r right) string {
	where := "in the cluster"
	if r.namespace != "" {
		where = fmt.Sprintf("in namespace %q", r.namespace)
	}
	if r.verb == "impersonate" {
		return fmt.Sprintf("%s may not impersonate %s %q %s, as the kubeconfig wants it (as: ...); take that out of the kubeconfig's user, or ask an administrator for the right",
			l.subject(r), r.resource, r.object, where)
	}
	whom := "you"
	if l.As != "" && l.As == r.user {
		whom = l.As
	}
	return fmt.Sprintf("%s may not %s %s %s; ask an administrator to install the Roles there (%s | kubectl apply -f -) and to bind stepherd-user to %s",
		l.subject(r), r.verb, r.resource, where, l.Hints.Bare("rbac", "-n", r.namespaceOr(l.Namespace)), whom)
}

// subject is who may not do something: the user, with the server's name for them, or whom the kubeconfig impersonates.
func (l *Launcher) subject(r right) string {
	switch {
	case r.user == "":
		return "you"
	case l.As != "" && l.As == r.user:
		return fmt.Sprintf("the impersonated User %q (as: of the kubeconfig)", r.user)
	}
	return fmt.Sprintf("you (User %q)", r.user)
}

func (r right) namespaceOr(fallback string) string {
	if r.namespace != "" {
		return r.namespace
	}
	return fallback
}

func (l *Launcher) noSuchRun(run string) error {
	return clusterErrorf("there is no run %q in namespace %q; see: %s", run, l.Namespace, l.Hints.Command("list"))
}

func (l *Launcher) noSuchNamespace() error {
	return clusterErrorf("there is no namespace %q; make it with kubectl create namespace %s, or name another with -n", l.Namespace, l.Namespace)
}

// count is `1 step Pod`, `3 step Pods`.
func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

package launch

import (
	"errors"
	"fmt"
	"strings"
)

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

// count is `1 step Pod`, `3 step Pods`.
func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

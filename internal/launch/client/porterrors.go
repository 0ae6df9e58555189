package client

import (
	"errors"
	"fmt"

	"github.com/stepherd/stepherd/internal/phrase"
)

// What errors of the ports report of themselves.

// IsExists reports whether the name is taken.
func IsExists(err error) bool {
	var e interface{ Exists() bool }
	return errors.As(err, &e) && e.Exists()
}

// IsTemporary reports whether the same call may work later.
func IsTemporary(err error) bool {
	var e interface{ Temporary() bool }
	return errors.As(err, &e) && e.Temporary()
}

// IsUnsent reports whether the request has not left: nothing can have come of it.
func IsUnsent(err error) bool {
	var e interface{ Unsent() bool }
	return errors.As(err, &e) && e.Unsent()
}

// IsUnauthorized reports whether the server does not take the credentials.
func IsUnauthorized(err error) bool {
	var e interface{ Unauthorized() bool }
	return errors.As(err, &e) && e.Unauthorized()
}

// IsRefused reports whether the object itself was refused: it is invalid, or an admission does not want it.
func IsRefused(err error) bool {
	var e interface{ Refused() bool }
	return errors.As(err, &e) && e.Refused()
}

// IsQuota reports whether a quota has no room for the object.
func IsQuota(err error) bool {
	var e interface{ Quota() bool }
	return errors.As(err, &e) && e.Quota()
}

// isNamespaceEnding reports whether the namespace takes nothing more because it is being deleted.
func isNamespaceEnding(err error) bool {
	var e interface{ NamespaceEnding() bool }
	return errors.As(err, &e) && e.NamespaceEnding()
}

// WebhookTrouble is the part of a sentence about an admission webhook that does not let a request through now, though it may
// later: it could not be called, or has denied the request by a code that asks to try again.
func WebhookTrouble(err error) (text string, ok bool) {
	var e interface {
		WebhookAway() (webhook, why string, ok bool)
		WebhookBusy() (webhook, why string, ok bool)
	}
	if !errors.As(err, &e) {
		return "", false
	}
	if webhook, why, away := e.WebhookAway(); away {
		return fmt.Sprintf("the admission webhook %q cannot be called (%s)", webhook, phrase.OneLine(why)), true
	}
	webhook, why, busy := e.WebhookBusy()
	return fmt.Sprintf("the admission webhook %q denies it for now (%s)", webhook, phrase.OneLine(why)), busy
}

// UnaskedWebhook returns the name of the admission webhook that does not support dry-runs.
func UnaskedWebhook(err error) (webhook string, ok bool) {
	var e interface {
		NoDryRun() (webhook string, ok bool)
	}
	if !errors.As(err, &e) {
		return "", false
	}
	return e.NoDryRun()
}

// Right is something that a user may or may not do. user is the name by which the server knows who may not, and object whom or
// what it is wanted of; both are empty where it does not say.
type Right struct{ Verb, Resource, Namespace, user, object string }

// MissingRight gives the right that an error says is missing.
func MissingRight(err error) (Right, bool) {
	var e interface {
		MissingRight() (verb, resource, namespace string, ok bool)
	}
	if !errors.As(err, &e) {
		return Right{}, false
	}
	verb, resource, namespace, ok := e.MissingRight()
	r := Right{Verb: verb, Resource: resource, Namespace: namespace}
	var who interface {
		DeniedUser() (user, object string)
	}
	if errors.As(err, &who) {
		r.user, r.object = who.DeniedUser()
	}
	return r, ok
}

// Message is what the API server itself said, in one line.
func Message(err error) string {
	text := err.Error()
	var e interface{ Message() string }
	if errors.As(err, &e) {
		text = e.Message()
	}
	return phrase.OneLine(text)
}

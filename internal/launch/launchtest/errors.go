package launchtest

import "errors"

// Kind is what an Error reports of itself.
type Kind int

// The kinds of errors.
const (
	Weather Kind = iota
	Unsent
	LostAnswer
	NotFound
	Exists
	Refused
	Quota
	NoRight
	Unauthorized
	Internal
	// WebhookAway and WebhookBusy are weather; NoDryRun is neither that nor a refusal. Webhook is its name.
	WebhookAway
	WebhookBusy
	NoDryRun
	NamespaceEnding
	// Conflict: the object is another one, or has changed.
	Conflict
)

// Error is an error as the adapters give it.
type Error struct {
	Kind Kind
	Text string
	// Verb, Resource and Namespace are the right of NoRight, User who lacks it, and Object of what it is wanted.
	Verb, Resource, Namespace, User, Object string
	Webhook                                 string
}

// kindIs reports whether an error is an *Error of that kind.
func kindIs(err error, kind Kind) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == kind
}

func (e *Error) Error() string { return e.Text }

// Message is the server's own words.
func (e *Error) Message() string { return e.Text }

// Temporary reports whether the call may work later.
func (e *Error) Temporary() bool {
	return e.Kind == Weather || e.Kind == Unsent || e.Kind == LostAnswer || e.Kind == Unauthorized || e.Kind == WebhookAway || e.Kind == WebhookBusy
}

// WebhookAway names a webhook that cannot be called.
func (e *Error) WebhookAway() (webhook, why string, ok bool) {
	return e.Webhook, e.Text, e.Kind == WebhookAway
}

// WebhookBusy names a webhook that denies for now.
func (e *Error) WebhookBusy() (webhook, why string, ok bool) {
	return e.Webhook, e.Text, e.Kind == WebhookBusy
}

// NamespaceEnding reports whether the namespace is being deleted.
func (e *Error) NamespaceEnding() bool { return e.Kind == NamespaceEnding }

// NoDryRun names a webhook that takes no dry-run.
func (e *Error) NoDryRun() (webhook string, ok bool) { return e.Webhook, e.Kind == NoDryRun }

// Unsent reports whether the request has not left.
func (e *Error) Unsent() bool { return e.Kind == Unsent }

// NotFound reports whether there is no such object.
func (e *Error) NotFound() bool { return e.Kind == NotFound }

// Exists reports whether the name is taken.
func (e *Error) Exists() bool { return e.Kind == Exists }

// Refused reports whether the object was refused.
func (e *Error) Refused() bool { return e.Kind == Refused }

// Quota reports whether a quota is used up.
func (e *Error) Quota() bool { return e.Kind == Quota }

// Denied reports whether a right is missing.
func (e *Error) Denied() bool { return e.Kind == NoRight }

// Unauthorized reports whether the server does not know who asks.
func (e *Error) Unauthorized() bool { return e.Kind == Unauthorized }

// MissingRight is the right of NoRight.
func (e *Error) MissingRight() (verb, resource, namespace string, ok bool) {
	return e.Verb, e.Resource, e.Namespace, e.Kind == NoRight
}

// DeniedUser is who lacks the right.
func (e *Error) DeniedUser() (user, object string) { return e.User, e.Object }

// MayNot is the error of a right that is missing.
func MayNot(verb, resource, namespace string) *Error {
	return &Error{Kind: NoRight, Text: "forbidden", Verb: verb, Resource: resource, Namespace: namespace}
}

package client

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/stepherd/stepherd/internal/errs"
)

// Sentence turns an error of a port into what the user reads; what is an *Error already stays. Of several, each becomes a sentence,
// those first that another try would meet again. That the cluster cannot be asked is one fault, however many requests met it.
func (c *Client) Sentence(err error) error {
	all := errs.All(err)
	if len(all) < 2 {
		return c.sentence(err)
	}
	slices.SortStableFunc(all, func(a, b error) int { return cmp.Compare(rank(a), rank(b)) })
	said := make([]error, 0, len(all))
	for i, one := range all {
		if rank(one) == unreachable && i > 0 && rank(all[i-1]) == unreachable {
			continue
		}
		said = append(said, c.sentence(one))
	}
	return errs.Join(said...)
}

// The ranks of errors, the most useful first.
const (
	permanent = iota
	passing
	unreachable
)

func rank(err error) int {
	_, webhook := WebhookTrouble(err)
	switch {
	case !IsTemporary(err):
		return permanent
	case webhook, IsUnauthorized(err):
		return passing
	}
	return unreachable
}

func (c *Client) sentence(err error) error {
	var own *Error
	if err == nil || errors.As(err, &own) {
		return err
	}
	var text string
	r, missing := MissingRight(err)
	webhook, inTheWay := WebhookTrouble(err)
	switch {
	case missing:
		text = c.rightSentence(r)
	case IsUnauthorized(err):
		text = fmt.Sprintf("%s does not take your credentials (%s); log in again, or choose another --context", c.Where, Message(err))
	case isNamespaceEnding(err):
		text = fmt.Sprintf("namespace %q is being deleted; name another with -n, or make it anew when it is gone", c.Namespace)
	case inTheWay:
		text = fmt.Sprintf("%s cannot do that now: %s; try again later, or ask whoever runs that webhook", c.Where, webhook)
	case IsTemporary(err):
		text = fmt.Sprintf("%s cannot be asked: %s", c.Where, Message(err))
	default:
		return err
	}
	return Errorf(ClassCluster, err, "%s", text)
}

func (c *Client) rightSentence(r Right) string {
	where := "in the cluster"
	if r.Namespace != "" {
		where = fmt.Sprintf("in namespace %q", r.Namespace)
	}
	if r.Verb == "impersonate" {
		return fmt.Sprintf("%s may not impersonate %s %q %s, as the kubeconfig wants it (as: ...); take that out of the kubeconfig's user, or ask an administrator for the right",
			c.Subject(r), r.Resource, r.object, where)
	}
	whom := "you"
	if c.As != "" && c.As == r.user {
		whom = c.As
	}
	return fmt.Sprintf("%s may not %s %s %s; ask an administrator to install the Roles there (%s | kubectl apply -f -) and to bind stepherd-user to %s",
		c.Subject(r), r.Verb, r.Resource, where, c.Hints.Bare("rbac", "-n", r.NamespaceOr(c.Namespace)), whom)
}

// Subject is who may not do something: the user, with the server's name for them, or whom the kubeconfig impersonates.
func (c *Client) Subject(r Right) string {
	switch {
	case r.user == "":
		return "you"
	case c.As != "" && c.As == r.user:
		return fmt.Sprintf("the impersonated User %q (as: of the kubeconfig)", r.user)
	}
	return fmt.Sprintf("you (User %q)", r.user)
}

// NamespaceOr returns the namespace of the right, or another where the server does not name one.
func (r Right) NamespaceOr(fallback string) string {
	if r.Namespace != "" {
		return r.Namespace
	}
	return fallback
}

// NoSuchRun is the error of a run that does not exist.
func (c *Client) NoSuchRun(run string) error {
	return ClusterErrorf("there is no run %q in namespace %q; see: %s", run, c.Namespace, c.Hints.Command("list"))
}

// NoSuchNamespace is the error of a namespace that does not exist.
func (c *Client) NoSuchNamespace() error {
	return ClusterErrorf("there is no namespace %q; make it with kubectl create namespace %s, or name another with -n", c.Namespace, c.Namespace)
}

// Hints writes command lines that the user can run next.
type Hints struct {
	// Program is the name under which the launcher was started.
	Program string
	// Flags lead to the same cluster and namespace as this call: -n NS, --context C.
	Flags []string
}

// Command is the program with words and the flags that lead to the same place.
func (h Hints) Command(words ...string) string {
	return h.Bare(append(append([]string{}, words...), h.Flags...)...)
}

// Bare is the program with words alone.
func (h Hints) Bare(words ...string) string {
	quoted := make([]string, 0, len(words)+1)
	quoted = append(quoted, h.Program)
	for _, w := range words {
		quoted = append(quoted, quote(w))
	}
	return strings.Join(quoted, " ")
}

// quote makes one word of a POSIX shell.
func quote(w string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:@=+,%", r)
	}
	if w != "" && strings.IndexFunc(w, func(r rune) bool { return !plain(r) }) < 0 {
		return w
	}
	return "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
}

package client

import (
	"fmt"
	"io"
	"time"
)

// Client is the user, the namespace of a cluster, and where notes and results are written. Every use-case holds
// one; what it asks is in ports of its own.
type Client struct {
	Namespace string
	// Context is the kubeconfig's name of the cluster; empty inside a Pod.
	Context string
	// As is the user whom the kubeconfig impersonates; empty for the user's own self.
	As string
	// Where names the cluster in sentences: `the cluster of context "dev" at https://...`.
	Where string
	Hints Hints
	// Out takes data, Err what is said about it. Color is for either.
	Out, Err           io.Writer
	OutColor, ErrColor bool
	// Terminal: Out is one: what a step has written must not steer it.
	Terminal bool
	// Colorless takes the steps' own colors away.
	Colorless bool
	Now       func() time.Time
	// Warn reports what may be wrong, and about what; the same text once. Nil writes it to Err.
	Warn func(about, text string)
}

// Note prints something in passing.
func (c *Client) Note(format string, args ...any) {
	_, _ = fmt.Fprintf(c.Err, "note: "+format+"\n", args...)
}

// Warning reports something that may be wrong.
func (c *Client) Warning(about, text string) {
	if c.Warn != nil {
		c.Warn(about, text)
		return
	}
	_, _ = fmt.Fprintf(c.Err, "warning: %s: %s\n", about, text)
}

// Detached is the error of a user who let go of a run; back is the command that comes back to it.
func (c *Client) Detached(run string, back ...string) error {
	return Errorf(ClassDetached, nil, "detached; run %q goes on: %s", run, c.Hints.Command(back...))
}

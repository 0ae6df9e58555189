package main

import (
	"github.com/urfave/cli/v2"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// checkPlace refuses a run that would go to another namespace than its file says, and warns of another context: the name of
// a context is each laptop's own.
func (p *program) checkPlace(c *cli.Context, r v1alpha1.Reading) error {
	if r.Context != nil {
		if at, err := p.resolve(selectionOf(c)); err == nil && at.Context != "" && at.Context != r.Context.Value {
			p.say("warning: %s: the file names the context %q, and the run goes to the context %q; --context chooses", r.Context.Where, r.Context.Value, at.Context)
		}
	}
	if r.Namespace == nil {
		return nil
	}
	namespace, err := p.namespace(c)
	if err != nil || namespace == r.Namespace.Value {
		return err
	}
	return usagef("%s: the file names the namespace %q, and the run would go to %q: submit it with -n %s, or remove the key; nothing was submitted",
		r.Namespace.Where, r.Namespace.Value, namespace, r.Namespace.Value)
}

// sayPlace is checkPlace for commands that send nothing: they only warn.
func (p *program) sayPlace(c *cli.Context, r v1alpha1.Reading) {
	if r.Namespace == nil {
		return
	}
	if namespace, err := p.namespace(c); err != nil || namespace != r.Namespace.Value {
		p.say("warning: %s: the file names the namespace %q: submit it with -n %s", r.Namespace.Where, r.Namespace.Value, r.Namespace.Value)
	}
}

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"github.com/stepherd/stepherd/internal/api/pipelinefile"
	"github.com/stepherd/stepherd/internal/api/yamltree"
	"github.com/stepherd/stepherd/internal/kube"
	"github.com/stepherd/stepherd/internal/kube/podlogs"
	"github.com/stepherd/stepherd/internal/kube/runs"
	"github.com/stepherd/stepherd/internal/launch/client"
	"github.com/stepherd/stepherd/internal/launch/submit"
)

// selection is what the connection flags say; place is what they lead to.
type (
	selection = kube.TargetFlags
	place     = kube.Target
)

// session is a cluster to talk to.
type session struct {
	ports ports
	place place
}

func resolveKube(s selection) (place, error) { return kube.Resolve(s) }

// connectKube makes the clients. Nothing is sent before the first question.
func connectKube(s selection, warn warner) (session, error) {
	at, err := kube.Resolve(s)
	if err != nil {
		return session{}, err
	}
	config := kube.WithDefaults(at.Config, "stepherd-launcher/"+version)
	kube.OnWarning(config, warn)
	client, err := kube.NewClient(config)
	if err != nil {
		return session{}, err
	}
	forLogs, err := podlogs.NewClient(config)
	if err != nil {
		return session{}, err
	}
	return session{
		ports: kubePorts(runs.New(client), podlogs.New(forLogs.CoreV1(), at.Namespace)),
		place: at,
	}, nil
}

// launcher is the user in the cluster and namespace that the flags name.
func (p *program) launcher(c *cli.Context) (*usecases, error) {
	selected := selectionOf(c)
	warn := p.warnOnce()
	s, err := p.connect(selected, warn)
	if err != nil {
		return nil, err
	}
	where := "the cluster"
	if s.place.Config != nil {
		where += " at " + s.place.Config.Host
	}
	if s.place.Context != "" {
		where += fmt.Sprintf(" (context %q)", s.place.Context)
	}
	return &usecases{at: s.ports, client: &client.Client{
		Namespace: s.place.Namespace, Context: s.place.Context, As: s.place.As, Where: where,
		Hints: p.hints(selected, s.place.Namespace),
		Out:   p.stdout, Err: p.stderr, OutColor: p.color(p.stdout), ErrColor: p.color(p.stderr),
		Terminal: isTerminal(p.stdout), Colorless: p.getenv("NO_COLOR") != "" || isTerminal(p.stdout) && p.getenv("TERM") == "dumb",
		Now: p.now, Warn: warn,
	}}, nil
}

func selectionOf(c *cli.Context) selection {
	return selection{Kubeconfig: c.String(flagKubeconfig), Context: c.String(flagContext), Namespace: c.String(flagNamespace)}
}

// hints repeat the flags that led here, so that the commands they show lead here again.
func (p *program) hints(s selection, namespace string) client.Hints {
	flags := []string{"-n", namespace}
	if s.Context != "" {
		flags = append(flags, "--"+flagContext, s.Context)
	}
	if s.Kubeconfig != "" {
		flags = append(flags, "--"+flagKubeconfig, s.Kubeconfig)
	}
	return client.Hints{Program: p.name, Flags: flags}
}

// namespace is where the flags lead, for commands that need no cluster; without any kubeconfig it is `default`.
func (p *program) namespace(c *cli.Context) (string, error) {
	selected := selectionOf(c)
	at, err := p.resolve(selected)
	if err == nil {
		return at.Namespace, nil
	}
	if selected.Context != "" || selected.Kubeconfig != "" {
		return "", err
	}
	if selected.Namespace != "" {
		return selected.Namespace, nil
	}
	return "default", nil
}

// checkPlace refuses a run that would go to another namespace than its file says, and warns of another context: the name of
// a context is each laptop's own.
func (p *program) checkPlace(c *cli.Context, r pipelinefile.Reading) error {
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
func (p *program) sayPlace(c *cli.Context, r pipelinefile.Reading) {
	if r.Namespace == nil {
		return
	}
	if namespace, err := p.namespace(c); err != nil || namespace != r.Namespace.Value {
		p.say("warning: %s: the file names the namespace %q: submit it with -n %s", r.Namespace.Where, r.Namespace.Value, r.Namespace.Value)
	}
}

// warnOnce says each warning of the API server once. Answers come from several goroutines.
func (p *program) warnOnce() warner {
	var mu sync.Mutex
	said := map[string]bool{}
	return func(about, text string) {
		mu.Lock()
		defer mu.Unlock()
		if said[text] {
			return
		}
		said[text] = true
		if about != "" {
			text = about + ": " + text
		}
		p.say("warning: %s", text)
	}
}

// color reports whether a writer is a terminal that wants colors.
func (p *program) color(w io.Writer) bool {
	return isTerminal(w) && p.getenv("NO_COLOR") == "" && p.getenv("TERM") != "dumb"
}

// isTerminal reports whether a writer is a terminal; /dev/null, a character device too, is none.
func isTerminal(w io.Writer) bool {
	f, is := w.(*os.File)
	return is && term.IsTerminal(int(f.Fd()))
}

// load reads a pipeline and says its warnings; so is what is not done when it is wrong.
func (p *program) load(c *cli.Context, file, so string, partial bool) (pipelinefile.Reading, error) {
	ctx := c.Context
	reading, err := submit.Load(ctx, file, p.stdin, submit.Arguments{Params: c.StringSlice(flagParam), File: c.String(flagParamsFile), Partial: partial})
	var problems *yamltree.Problems
	if errors.As(err, &problems) {
		return reading, fileProblems{problems, so}
	}
	switch {
	case err != nil && ctx.Err() != nil:
		return reading, client.ErrInterrupted
	case err != nil:
		return reading, err
	}
	for _, w := range reading.Warnings {
		p.say("warning: %s", w)
	}
	return reading, nil
}

// oneOf is the value of a flag, held to what it may be. Empty stays empty.
func oneOf(c *cli.Context, flag string, allowed ...string) (string, error) {
	value := c.String(flag)
	if !c.IsSet(flag) || slices.Contains(allowed, value) {
		return value, nil
	}
	return "", usagef("--%s of %s is one of %s, not %q", flag, c.Command.Name, strings.Join(allowed, ", "), value)
}

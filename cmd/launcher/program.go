package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v2"
)

// program is one call of the launcher.
type program struct {
	// name is how the user called it, as hints repeat it.
	name           string
	stdin          io.Reader
	stdout, stderr io.Writer
	now            func() time.Time
	getenv         func(string) string
	// resolve finds the cluster and namespace that are meant; connect makes clients for them. Neither opens a connection.
	resolve func(selection) (place, error)
	connect func(selection, warner) (session, error)
}

// warner takes warnings, and what they are about, which may be empty.
type warner func(about, text string)

// programName is the name that the program goes by: its file's, or `kubectl stepherd` for kubectl's plugin.
func programName(args []string) string {
	if len(args) == 0 || args[0] == "" {
		return "launcher"
	}
	base := strings.TrimSuffix(filepath.Base(args[0]), ".exe")
	if rest, ok := strings.CutPrefix(base, "kubectl-"); ok {
		return "kubectl " + strings.ReplaceAll(rest, "_", "-")
	}
	return base
}

// run does what the arguments say and gives the exit code.
func (p *program) run(ctx context.Context, args []string) int {
	app := p.app()
	ordered, err := order(app, args)
	if err == nil {
		err = app.RunContext(ctx, ordered)
	}
	return p.end(err)
}

func (p *program) app() *cli.App {
	app := &cli.App{
		Name:     p.name,
		HelpName: p.name,
		Usage:    "run pipelines on Kubernetes",
		Description: "submit creates one Job. Inside the cluster, that Job's driver starts a Pod for each step, so you can\n" +
			"close the laptop.\n\n" + exitCodes,
		Flags: connectionFlags(),
		Commands: []*cli.Command{
			submitCommand(p), validateCommand(p), renderCommand(p), explainCommand(p), schemaCommand(p), rbacCommand(p),
			listCommand(p), getCommand(p), logsCommand(p), watchCommand(p), waitCommand(p),
			cancelCommand(p), recoverCommand(p), deleteCommand(p), versionCommand(p),
		},
		HideHelpCommand:           true,
		HideVersion:               true,
		DisableSliceFlagSeparator: true,
		Writer:                    p.stdout,
		ErrWriter:                 p.stderr,
		ExitErrHandler:            func(*cli.Context, error) {},
		OnUsageError:              func(_ *cli.Context, err error, _ bool) error { return usagef("%v", err) },
		Action:                    func(*cli.Context) error { return usagef("no command given; see: %s --help", p.name) },
	}
	for _, c := range app.Commands {
		c.HideHelpCommand = true // or `get help` would not look for a run of that name
		c.Flags = append(c.Flags, connectionFlags()...)
		c.OnUsageError = app.OnUsageError
	}
	return app
}

// Flags that lead to a cluster and a namespace; every command has them, and they may stand before it.
const (
	flagContext    = "context"
	flagNamespace  = "namespace"
	flagKubeconfig = "kubeconfig"
)

func connectionFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: flagContext, Usage: "kubeconfig `CONTEXT`; default: the current context"},
		&cli.StringFlag{Name: flagNamespace, Aliases: []string{"n"}, Usage: "`NAMESPACE`; default: the context's namespace, or \"default\""},
		&cli.StringFlag{Name: flagKubeconfig, Usage: "kubeconfig `FILE`; default: $KUBECONFIG or ~/.kube/config"},
	}
}

// outputFlag is -o with what it takes; the first is the default.
func outputFlag(usage string) cli.Flag {
	return &cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "output `FORMAT`: " + usage}
}

// output is the value of -o, held to what the command takes. Empty stays empty.
func output(c *cli.Context, allowed ...string) (string, error) {
	return oneOf(c, "output", allowed...)
}

func (p *program) say(format string, args ...any) { _, _ = fmt.Fprintf(p.stderr, format+"\n", args...) }

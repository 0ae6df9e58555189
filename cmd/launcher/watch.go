package main

import "github.com/urfave/cli/v2"

func (p *program) watchCommand() *cli.Command {
	return &cli.Command{
		Name:      "watch",
		Usage:     "attach to a run and exit with its result",
		ArgsUsage: "RUN",
		Description: "Works like submit --follow: streams the logs of all steps, from their beginning, to stdout until the run ends, and reports on\n" +
			"stderr when steps start and end. If the run has already ended, it prints the logs that still exist, step by step. The exit\n" +
			"code is the result: 0 Succeeded, 1 Failed, 4 Cancelled. Ctrl-C detaches; the run goes on and the exit code is 130.",
		Action: func(c *cli.Context) error {
			name, err := p.runArgument(c)
			if err != nil {
				return err
			}
			u, err := p.launcher(c)
			if err != nil {
				return err
			}
			return p.toTheEnd(c.Context, u, name, u.viewer().Watch, "watch")
		},
	}
}

package main

import "github.com/urfave/cli/v2"

func (p *program) watchCommand() *cli.Command {
	return &cli.Command{
		Name:      "watch",
		Usage:     "follow a run that is there, and end as it does",
		ArgsUsage: "RUN",
		Description: "Does what submit --follow does: writes the logs of all steps to stdout until the run ends, from their beginnings, and says\n" +
			"on stderr when steps begin and end. Of a run that has ended it shows the logs that there are, step by step. The exit code\n" +
			"is the verdict: 0 Succeeded, 1 Failed, 4 Cancelled. Ctrl-C lets go of the run, which goes on, and gives 130.",
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

package main

import (
	"github.com/urfave/cli/v2"

	"github.com/stepherd/stepherd/internal/launch"
)

func (p *program) logsCommand() *cli.Command {
	return &cli.Command{
		Name:      "logs",
		Usage:     "show the logs of a run's steps",
		ArgsUsage: "RUN [STEP]",
		Description: "Lines of several steps bear their step's name, `step | line`; those of one STEP are as the step wrote them.\n" +
			"Where a step's Pod is gone, its lines are taken from the driver's log.",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "follow", Aliases: []string{"f"}, Usage: "go on until the run, or the STEP, has ended", DisableDefaultText: true},
			&cli.StringFlag{Name: "container", Aliases: []string{"c"}, Usage: "`NAME` of a container beside main"},
		},
		Action: func(c *cli.Context) error {
			args, err := p.positionals(c, 1, "the name of a run", "the name of a step")
			if err != nil {
				return err
			}
			l, err := p.launcher(c)
			if err != nil {
				return err
			}
			err = l.ShowLogs(c.Context, launch.LogQuery{
				Run: args[0], Step: args[1], Container: c.String("container"), Follow: c.Bool("follow"),
			})
			if err != nil && c.Context.Err() != nil && c.Bool("follow") {
				return l.Detached(args[0], append([]string{"logs"}, append(c.Args().Slice(), "-f")...)...)
			}
			return p.unlessInterrupted(c, err)
		},
	}
}

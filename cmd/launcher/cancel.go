package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/stepherd/stepherd/internal/launch"
)

func (p *program) cancelCommand() *cli.Command {
	return &cli.Command{
		Name:      "cancel",
		Usage:     "stop a run: end its live steps, start no more",
		ArgsUsage: "RUN",
		Description: "Marks the run; its driver does the rest, also when it is only started later. Of a run that has ended\n" +
			"nothing is changed, and the exit code is 0.",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "wait", Usage: "return only when the run has ended", DisableDefaultText: true},
			&cli.BoolFlag{Name: "force", Usage: "end the run also when its driver does not: stop the driver and delete live step Pods", DisableDefaultText: true},
		},
		Action: func(c *cli.Context) error {
			args, err := p.positionals(c, 1, "the name of a run")
			if err != nil {
				return err
			}
			l, err := p.launcher(c)
			if err != nil {
				return err
			}
			return p.unlessInterrupted(c, p.cancel(c, l, args[0]))
		},
	}
}

func (p *program) cancel(c *cli.Context, l *launch.Launcher, name string) error {
	run, asked, err := l.Cancel(c.Context, name, c.Bool("force"))
	if err != nil {
		return err
	}
	if asked && !run.Phase.Ended() {
		if !c.Bool("wait") {
			_, err = fmt.Fprintf(p.stdout, "run %s is being cancelled\n", name)
			return err
		}
		if run, err = l.Wait(c.Context, name); err != nil {
			if c.Context.Err() != nil {
				return p.interrupted(c.Context, l, name, "wait", name)
			}
			return err
		}
	}
	if !asked {
		_, err = fmt.Fprintf(p.stdout, "run %s had ended before: %s\n", name, run.Phase)
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "run %s has ended: %s\n", name, run.Phase)
	return err
}

package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/stepherd/stepherd/internal/launch/control"
)

func (p *program) cancelCommand() *cli.Command {
	return &cli.Command{
		Name:      "cancel",
		Usage:     "stop a run: end its live steps, start no more",
		ArgsUsage: "RUN",
		Description: "Marks the run; its driver does the rest, also when it is only started later. Of a run that has ended\n" +
			"nothing is changed, and the exit code is 0. Cancelling once more with a shorter --grace shortens it. Where no driver is at\n" +
			"work, --wait gives up after a moment, with exit code 3; --force ends the run without a driver.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "grace", Usage: "give step Pods `DURATION` to end, like 10s; default each Pod's own"},
			&cli.BoolFlag{Name: "wait", Usage: "return only when the run has ended", DisableDefaultText: true},
			&cli.BoolFlag{Name: "force", Usage: "end the run also when its driver does not: stop the driver and delete live step Pods", DisableDefaultText: true},
		},
		Action: func(c *cli.Context) error {
			name, err := p.runArgument(c)
			if err != nil {
				return err
			}
			o := control.CancelOptions{Force: c.Bool("force")}
			if c.IsSet("grace") {
				grace, err := duration(c, "grace")
				if err != nil {
					return err
				}
				o.Grace = &grace
			}
			u, err := p.launcher(c)
			if err != nil {
				return err
			}
			return p.unlessInterrupted(c, p.cancel(c, u, name, o))
		},
	}
}

func (p *program) cancel(c *cli.Context, u *usecases, name string, o control.CancelOptions) error {
	run, asked, err := u.controller().Cancel(c.Context, name, o)
	if err != nil {
		return err
	}
	if asked && !run.Phase.Ended() {
		if !c.Bool("wait") {
			if run.Message != "" && !o.Force {
				p.say("note: %s", run.Message)
			}
			_, err = fmt.Fprintf(p.stdout, "run %s is being cancelled\n", name)
			return err
		}
		ended, err := u.follower().WaitForCancel(c.Context, name)
		if err != nil {
			if c.Context.Err() != nil {
				return u.client.Detached(name, "wait", name)
			}
			return err
		}
		run = ended.Run
	}
	if run.HoldUp != "" {
		p.say("note: %s", run.HoldUp)
	}
	if !asked {
		_, err = fmt.Fprintf(p.stdout, "run %s had ended before: %s\n", name, run.Phase)
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "run %s has ended: %s\n", name, run.Phase)
	return err
}

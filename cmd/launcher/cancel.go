package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/stepherd/stepherd/internal/launch/control"
)

func cancelCommand(p *program) *cli.Command {
	return &cli.Command{
		Name:      "cancel",
		Usage:     "stop a run: end its running steps, start no new ones",
		ArgsUsage: "RUN",
		Description: "Marks the run as cancelled; its driver does the rest, even if it only starts later. A run that has ended is left as it\n" +
			"is, and the exit code is 0. To shorten the grace period, cancel again with a shorter --grace. If no driver is running, --wait\n" +
			"gives up after a moment with exit code 3; --force ends the run without a driver.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "grace", Usage: "grace period for step Pods: `DURATION`, such as 10s; default: each Pod's own"},
			&cli.BoolFlag{Name: "wait", Usage: "wait until the run has ended", DisableDefaultText: true},
			&cli.BoolFlag{Name: "force", Usage: "end the run even if its driver does not: stop the driver and delete running step Pods", DisableDefaultText: true},
		},
		Action: onRunWith(p, cancelOptions, p.cancel),
	}
}

func cancelOptions(c *cli.Context) (control.CancelOptions, error) {
	o := control.CancelOptions{Force: c.Bool("force")}
	if !c.IsSet("grace") {
		return o, nil
	}
	grace, err := duration(c, "grace")
	o.Grace = &grace
	return o, err
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

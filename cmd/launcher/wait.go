package main

import (
	"context"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/stepherd/stepherd/internal/launch/follow"
)

func waitCommand(p *program) *cli.Command {
	return &cli.Command{
		Name:      "wait",
		Usage:     "wait until a run ends and exit with its result",
		ArgsUsage: "RUN",
		Description: "The exit code is the result: 0 Succeeded, 1 Failed, 4 Cancelled, or 5 if --timeout passes first.\n" +
			"However short --timeout is, the run is checked once: --timeout 0s reports whether it has ended.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "timeout", Usage: "wait at most `DURATION`, such as 90s or 2h; default: no limit"},
		},
		Action: onRunWith(p, func(c *cli.Context) (time.Duration, error) { return duration(c, "timeout") }, p.wait),
	}
}

func (p *program) wait(c *cli.Context, u *usecases, name string, timeout time.Duration) error {
	wait := u.follower().Wait
	if c.IsSet("timeout") {
		wait = func(ctx context.Context, run string) (follow.Ending, error) {
			return u.follower().WaitFor(ctx, run, timeout)
		}
	}
	return p.toTheEnd(c.Context, u, name, wait, "wait")
}

func watchCommand(p *program) *cli.Command {
	return &cli.Command{
		Name:      "watch",
		Usage:     "attach to a run and exit with its result",
		ArgsUsage: "RUN",
		Description: "Works like submit --follow: streams the logs of all steps, from their beginning, to stdout until the run ends, and reports on\n" +
			"stderr when steps start and end. If the run has already ended, it prints the logs that still exist, step by step. The exit\n" +
			"code is the result: 0 Succeeded, 1 Failed, 4 Cancelled. Ctrl-C detaches; the run goes on and the exit code is 130.",
		Action: p.onRun(func(c *cli.Context, u *usecases, run string) error {
			return p.toTheEnd(c.Context, u, run, u.viewer().Watch, "watch")
		}),
	}
}

func duration(c *cli.Context, flag string) (time.Duration, error) {
	text := c.String(flag)
	if !c.IsSet(flag) {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, usagef("--%s takes a duration like 90s or 2h, not %q", flag, text)
	}
	return d, nil
}

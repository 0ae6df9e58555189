package main

import (
	"context"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/stepherd/stepherd/internal/launch/follow"
)

func (p *program) waitCommand() *cli.Command {
	return &cli.Command{
		Name:      "wait",
		Usage:     "wait until a run ends and exit with its result",
		ArgsUsage: "RUN",
		Description: "The exit code is the result: 0 Succeeded, 1 Failed, 4 Cancelled, or 5 if --timeout passes first.\n" +
			"However short --timeout is, the run is checked once: --timeout 0s reports whether it has ended.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "timeout", Usage: "wait at most `DURATION`, such as 90s or 2h; default: no limit"},
		},
		Action: func(c *cli.Context) error {
			name, err := p.runArgument(c)
			if err != nil {
				return err
			}
			timeout, err := duration(c, "timeout")
			if err != nil {
				return err
			}
			u, err := p.launcher(c)
			if err != nil {
				return err
			}
			wait := u.follower().Wait
			if c.IsSet("timeout") {
				wait = func(ctx context.Context, run string) (follow.Ending, error) {
					return u.follower().WaitFor(ctx, run, timeout)
				}
			}
			return p.toTheEnd(c.Context, u, name, wait, "wait")
		},
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

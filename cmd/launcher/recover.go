package main

import (
	"fmt"

	"github.com/urfave/cli/v2"
)

func recoverCommand(p *program) *cli.Command {
	return &cli.Command{
		Name:      "recover",
		Usage:     "replace a driver that is stuck on a dead node",
		ArgsUsage: "RUN",
		Description: "While a node does not answer, a driver Pod on it is never removed, and until it is removed the run's Job neither starts\n" +
			"another driver nor ends. recover deletes such a Pod by force. If the node turns out to be alive, the driver there notices\n" +
			"that it was replaced and stops. A Pod that is not stuck is left alone, and the exit code is 0.",
		Action: p.onRun(func(c *cli.Context, u *usecases, run string) error {
			said, err := u.controller().Recover(c.Context, run)
			for _, sentence := range said {
				if _, err := fmt.Fprintln(p.stdout, sentence); err != nil {
					return err
				}
			}
			return err
		}),
	}
}

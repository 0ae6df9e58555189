package main

import (
	"fmt"

	"github.com/urfave/cli/v2"
)

func (p *program) recoverCommand() *cli.Command {
	return &cli.Command{
		Name:      "recover",
		Usage:     "let a run go on whose driver is stuck on a dead node",
		ArgsUsage: "RUN",
		Description: "A driver's Pod on a node that does not answer stays for as long as the node does, and while it stays, the run's\n" +
			"Job neither starts another driver nor ends. This deletes such a Pod by force. If the node lives after all, the\n" +
			"driver there finds itself replaced and stops. A Pod that is not stuck is left alone, and the exit code is 0.",
		Action: func(c *cli.Context) error {
			name, err := p.runArgument(c)
			if err != nil {
				return err
			}
			u, err := p.launcher(c)
			if err != nil {
				return err
			}
			said, err := u.controller().Recover(c.Context, name)
			for _, sentence := range said {
				if _, err := fmt.Fprintln(p.stdout, sentence); err != nil {
					return err
				}
			}
			return p.unlessInterrupted(c, err)
		},
	}
}

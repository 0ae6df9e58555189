package main

import (
	"fmt"

	"github.com/urfave/cli/v2"
)

func (p *program) deleteCommand() *cli.Command {
	return &cli.Command{
		Name:        "delete",
		Usage:       "delete a run with its Pods, logs and record",
		ArgsUsage:   "RUN",
		Description: "If the run has not ended, its steps are stopped. Anything the run created outside the cluster stays.",
		Action: func(c *cli.Context) error {
			name, err := p.runArgument(c)
			if err != nil {
				return err
			}
			u, err := p.launcher(c)
			if err != nil {
				return err
			}
			alive, err := u.controller().Delete(c.Context, name)
			if err != nil {
				return p.unlessInterrupted(c, err)
			}
			if alive {
				p.say("note: run %q had not ended; its steps are being stopped", name)
			}
			_, err = fmt.Fprintf(p.stdout, "run %s deleted from namespace %q\n", name, u.client.Namespace)
			return err
		},
	}
}

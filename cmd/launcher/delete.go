package main

import (
	"fmt"

	"github.com/urfave/cli/v2"
)

func deleteCommand(p *program) *cli.Command {
	return &cli.Command{
		Name:        "delete",
		Usage:       "delete a run with its Pods, logs and record",
		ArgsUsage:   "RUN",
		Description: "If the run has not ended, its steps are stopped. Anything the run created outside the cluster stays.",
		Action: p.onRun(func(c *cli.Context, u *usecases, run string) error {
			alive, err := u.controller().Delete(c.Context, run)
			if err != nil {
				return err
			}
			if alive {
				p.say("note: run %q had not ended; its steps are being stopped", run)
			}
			_, err = fmt.Fprintf(p.stdout, "run %s deleted from namespace %q\n", run, u.client.Namespace)
			return err
		}),
	}
}

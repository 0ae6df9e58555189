package main

import (
	"github.com/urfave/cli/v2"

	"github.com/stepherd/stepherd/internal/report"
)

func (p *program) getCommand() *cli.Command {
	return &cli.Command{
		Name:      "get",
		Usage:     "show a run and its steps",
		ArgsUsage: "RUN",
		Flags:     []cli.Flag{outputFlag("tree (default), json or yaml")},
		Action: func(c *cli.Context) error {
			name, err := p.runArgument(c)
			if err != nil {
				return err
			}
			format, err := output(c, "tree", "json", "yaml")
			if err != nil {
				return err
			}
			u, err := p.launcher(c)
			if err != nil {
				return err
			}
			run, tails, err := u.reader().Get(c.Context, name)
			if err != nil {
				return p.unlessInterrupted(c, err)
			}
			switch format {
			case "json":
				return report.JSON(p.stdout, run)
			case "yaml":
				return report.YAML(p.stdout, run)
			}
			return report.Tree(p.stdout, run, tails, report.Options{Now: p.now(), Color: u.client.OutColor})
		},
	}
}

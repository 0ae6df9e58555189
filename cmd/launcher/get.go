package main

import (
	"github.com/urfave/cli/v2"

	"github.com/stepherd/stepherd/internal/report"
)

func getCommand(p *program) *cli.Command {
	return &cli.Command{
		Name:      "get",
		Usage:     "show a run and its steps",
		ArgsUsage: "RUN",
		Flags:     []cli.Flag{outputFlag("tree (default), json or yaml")},
		Action:    onRunWith(p, func(c *cli.Context) (string, error) { return output(c, "tree", "json", "yaml") }, p.get),
	}
}

func (p *program) get(c *cli.Context, u *usecases, name, format string) error {
	run, tails, err := u.reader().Get(c.Context, name)
	if err != nil {
		return err
	}
	switch format {
	case "json":
		return report.JSON(p.stdout, run)
	case "yaml":
		return report.YAML(p.stdout, run)
	}
	return report.Tree(p.stdout, run, tails, report.Options{Now: p.now(), Color: u.client.OutColor})
}

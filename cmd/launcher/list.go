package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/stepherd/stepherd/internal/report"
)

func (p *program) listCommand() *cli.Command {
	return &cli.Command{
		Name:   "list",
		Usage:  "list the runs of a namespace, oldest first",
		Flags:  []cli.Flag{outputFlag("table (default), wide, json, yaml or name")},
		Action: p.list,
	}
}

func (p *program) list(c *cli.Context) error {
	if _, err := p.positionals(c, 0); err != nil {
		return err
	}
	format, err := output(c, "table", "wide", "json", "yaml", "name")
	if err != nil {
		return err
	}
	l, err := p.launcher(c)
	if err != nil {
		return err
	}
	runs, err := l.List(c.Context)
	if err != nil {
		return p.unlessInterrupted(c, err)
	}
	switch format {
	case "json":
		return report.JSON(p.stdout, report.NewList(runs))
	case "yaml":
		return report.YAML(p.stdout, report.NewList(runs))
	case "name":
		for _, r := range runs {
			if _, err := fmt.Fprintln(p.stdout, r.Metadata.Name); err != nil {
				return err
			}
		}
		return nil
	}
	if len(runs) == 0 {
		p.say("there are no runs in namespace %q", l.Namespace)
		return nil
	}
	return report.Table(p.stdout, runs, report.Options{Now: p.now(), Color: l.OutColor, Wide: format == "wide"})
}

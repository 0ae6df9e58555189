package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/report"
)

func listCommand(p *program) *cli.Command {
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
	u, err := p.launcher(c)
	if err != nil {
		return err
	}
	runs, err := u.lister().All(c.Context)
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
		p.say("there are no runs in namespace %q", u.client.Namespace)
		return nil
	}
	return p.table(runs, report.Options{Now: p.now(), Color: u.client.OutColor, Wide: format == "wide"})
}

// table writes the runs, and beside them what keeps some of them from going on; a wide table has room for that.
func (p *program) table(runs []v1alpha1.Run, o report.Options) error {
	if err := report.Table(p.stdout, runs, o); err != nil || o.Wide {
		return err
	}
	for _, r := range runs {
		text := r.HoldUp
		if !r.Phase.Ended() {
			text = r.Message
		}
		if text != "" {
			p.say("note: run %q: %s", r.Metadata.Name, text)
		}
	}
	return nil
}

package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/stepherd/stepherd/internal/phrase"
)

func validateCommand(p *program) *cli.Command {
	return &cli.Command{
		Name:      "validate",
		Usage:     "check pipeline files without a cluster",
		ArgsUsage: "FILE... (or -f FILE; - reads standard input)",
		Description: "Reports all problems at once, one per line: file:line:column: path: what is wrong.\n" +
			"Parameters need no value here; what depends on one that has none is not checked, and a warning says so.",
		Flags: []cli.Flag{
			repeatable{&cli.StringSliceFlag{Name: flagFile, Aliases: []string{"f"}, Usage: "pipeline `FILE`; may be repeated; - reads standard input"}},
			paramFlag(), paramsFileFlag(),
		},
		Action: func(c *cli.Context) error {
			all := append(c.StringSlice(flagFile), c.Args().Slice()...)
			if len(all) == 0 {
				return usagef("validate needs %s; see: %s validate --help", theFile, p.name)
			}
			var first error
			for _, file := range all {
				if err := p.validate(c, file); err != nil {
					if c.Context.Err() != nil {
						return err
					}
					if first != nil {
						p.end(first)
					}
					first = err
				}
			}
			return first
		},
	}
}

func (p *program) validate(c *cli.Context, file string) error {
	reading, err := p.load(c, file, "", true)
	if err != nil {
		return err
	}
	pipeline := reading.Pipeline
	p.sayPlace(c, reading)
	_, err = fmt.Fprintf(p.stdout, "%s: ok, %s\n", file, phrase.Count(pipeline.StepCount(), "step"))
	return err
}

package main

import (
	"fmt"

	"github.com/urfave/cli/v2"
)

func (p *program) validateCommand() *cli.Command {
	return &cli.Command{
		Name:        "validate",
		Usage:       "check pipeline files without a cluster",
		ArgsUsage:   "FILE... (- is standard input)",
		Description: "Every problem is told at once, one per line: file:line:column: path: what is wrong.",
		Action: func(c *cli.Context) error {
			if c.NArg() == 0 {
				return usagef("validate needs a pipeline file, or - for standard input; see: %s validate --help", p.name)
			}
			var first error
			for _, file := range c.Args().Slice() {
				if err := p.validate(c, file); err != nil {
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
	pipeline, err := p.load(c.Context, file, "")
	if err != nil {
		return err
	}
	steps := "steps"
	if len(pipeline.Steps) == 1 {
		steps = "step"
	}
	_, err = fmt.Fprintf(p.stdout, "%s: ok, %d %s\n", file, len(pipeline.Steps), steps)
	return err
}

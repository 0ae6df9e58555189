package main

import (
	"github.com/urfave/cli/v2"

	"github.com/stepherd/stepherd/internal/launch/submit"
)

func (p *program) renderCommand() *cli.Command {
	return &cli.Command{
		Name:        "render",
		Usage:       "show the Job and the Pods that a pipeline becomes",
		ArgsUsage:   "FILE (or -f FILE; - is standard input)",
		Description: "Writes as YAML what submit would create, and the first Pod of every step. No cluster is asked.",
		Flags: []cli.Flag{
			fileFlag(),
			&cli.StringFlag{Name: "step", Usage: "the Pod of this `STEP` alone"},
			&cli.StringFlag{Name: "name", Usage: "`NAME` of the run"},
		},
		Action: func(c *cli.Context) error {
			file, err := p.file(c)
			if err != nil {
				return err
			}
			reading, err := p.load(c.Context, file, "")
			if err != nil {
				return err
			}
			p.sayPlace(c, reading)
			namespace, err := p.namespace(c)
			if err != nil {
				return err
			}
			s := submit.Submission{Pipeline: reading.Pipeline, Name: c.String("name"), DefaultDriverImage: defaultDriverImage()}
			return submit.Render(p.stdout, s, namespace, c.String("step"))
		},
	}
}

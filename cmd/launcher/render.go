package main

import (
	"github.com/urfave/cli/v2"

	"github.com/stepherd/stepherd/internal/launch/submit"
)

func renderCommand(p *program) *cli.Command {
	return &cli.Command{
		Name:        "render",
		Usage:       "print the Job and Pods that a pipeline becomes",
		ArgsUsage:   "FILE (or -f FILE; - reads standard input)",
		Description: "Prints, as YAML, what submit would create and the first Pod of every step. Contacts no cluster.",
		Flags: []cli.Flag{
			fileFlag(), paramFlag(), paramsFileFlag(),
			&cli.StringFlag{Name: "step", Usage: "print only the Pod of `STEP`"},
			&cli.StringFlag{Name: "name", Usage: "`NAME` of the run"},
		},
		Action: func(c *cli.Context) error {
			file, err := p.file(c)
			if err != nil {
				return err
			}
			reading, err := p.load(c, file, "", false)
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

func rbacCommand(p *program) *cli.Command {
	return &cli.Command{
		Name:  "rbac",
		Usage: "print the manifests an administrator applies before the first run",
		Description: "Prints, as YAML, the driver's service account, its Role and RoleBinding, and the Role for users:\n" +
			p.name + " rbac -n NAMESPACE | kubectl apply -f -",
		Action: func(c *cli.Context) error {
			if _, err := p.positionals(c, 0); err != nil {
				return err
			}
			namespace, err := p.namespace(c)
			if err != nil {
				return err
			}
			return submit.Install(p.stdout, namespace)
		},
	}
}

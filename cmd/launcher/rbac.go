package main

import (
	"github.com/urfave/cli/v2"

	"github.com/stepherd/stepherd/internal/launch/submit"
)

func (p *program) rbacCommand() *cli.Command {
	return &cli.Command{
		Name:  "rbac",
		Usage: "show what an administrator applies to a namespace before the first run",
		Description: "Writes as YAML the driver's service account, its Role and binding, and the Role of users:\n" +
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

package main

import (
	"github.com/urfave/cli/v2"

	"github.com/stepherd/stepherd/internal/launch/submit"
)

func (p *program) rbacCommand() *cli.Command {
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

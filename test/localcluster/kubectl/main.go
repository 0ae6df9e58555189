// Kubectl is Kubernetes' kubectl alone, for use in a Pod: `localcluster kubectl` is of this machine.
package main

import (
	"os"

	"k8s.io/component-base/cli"
	"k8s.io/kubectl/pkg/cmd"
)

func main() { os.Exit(cli.Run(cmd.NewDefaultKubectlCommand())) }

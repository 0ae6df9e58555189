// Localcluster is a real Kubernetes on one Linux machine: see `localcluster help`.
//
// One binary is both the command that a developer types and, under a hidden first argument, every
// component of the cluster.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/stepherd/stepherd/test/localcluster/args"
	"github.com/stepherd/stepherd/test/localcluster/cluster"
	"github.com/stepherd/stepherd/test/localcluster/component"
	"github.com/stepherd/stepherd/test/localcluster/plan"
)

func main() {
	if code, ok := component.Run(); ok {
		os.Exit(code)
	}
	request, err := args.Parse(os.Args[1:])
	if errors.Is(err, args.ErrHelp) {
		fmt.Print(args.Usage)
		return
	}
	if err != nil {
		exit(err, 2)
	}
	if err := run(request); err != nil {
		var wish *plan.WishError
		if errors.As(err, &wish) {
			exit(err, 2)
		}
		exit(err, 1)
	}
}

func exit(err error, code int) {
	fmt.Fprintf(os.Stderr, "localcluster: %v\n", err)
	os.Exit(code)
}

func run(r args.Request) error {
	if r.Command == "kubectl" {
		// Without our signal handler: Ctrl-C is kubectl's own.
		if err := cluster.Exists(r.Instance); err != nil {
			return err
		}
		return component.Kubectl(r.Instance.Kubeconfig(), r.Args)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	switch r.Command {
	case "up":
		return cluster.Up(ctx, r.Instance, r.Wish, os.Stdout)
	case "down":
		return cluster.Down(ctx, r.Instance, os.Stdout)
	case "status":
		return cluster.Status(ctx, r.Instance, os.Stdout)
	case "node stop":
		return cluster.StopNode(ctx, r.Instance, r.Node, os.Stdout)
	case "node start":
		return cluster.StartNode(ctx, r.Instance, r.Node, os.Stdout)
	case "node cut":
		return cluster.CutNode(ctx, r.Instance, r.Node, os.Stdout)
	case "node join":
		return cluster.JoinNode(ctx, r.Instance, r.Node, os.Stdout)
	case "apiserver stop":
		return cluster.StopAPIServer(ctx, r.Instance, r.Kill, os.Stdout)
	case "apiserver start":
		return cluster.StartAPIServer(ctx, r.Instance, os.Stdout)
	case "kubelet restart":
		return cluster.RestartKubelet(ctx, r.Instance, r.Node, os.Stdout)
	case "kubeconfig":
		return cluster.Kubeconfig(r.Instance, os.Stdout)
	default:
		return cluster.Load(ctx, r.Instance, r.Args, os.Stdout)
	}
}

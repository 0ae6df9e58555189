// Command launcher submits pipelines to Kubernetes and looks after their runs, from a laptop or a CI job. It also answers to
// the names stepherd and kubectl-stepherd.
//
// It only wires: flags become values, use-cases are in internal/launch, the cluster is behind internal/kube. The order
// of arguments is set right by internal/cliargs before the flag parser sees them; exit codes are made in exit.go alone.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/stepherd/stepherd/internal/kube"
	_ "github.com/stepherd/stepherd/internal/kube/oidc" // users of kubeconfigs with this old plugin
)

// version is set when the program is built (-X main.version=...); the driver image's default tag is the same.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)            // a second Ctrl-C ends the program the hard way
	kube.RedirectClientLog(func(string) {}) // what the client has to say comes back as errors
	os.Exit(run(ctx, os.Args, os.Stdin, os.Stdout, os.Stderr))
}

// run is the program without its process.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	p := &program{
		name: programName(args), stdin: stdin, stdout: stdout, stderr: stderr,
		now: time.Now, getenv: os.Getenv, connect: connectKube, resolve: resolveKube,
	}
	return p.run(ctx, args)
}

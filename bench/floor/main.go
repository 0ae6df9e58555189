// Floor is what the driver is measured against: the least that a program can do that runs a pipeline with client-go.
//
// It runs in the cluster as the driver does, in a Pod of the same template. It watches its Pods, creates a step's Pod as
// soon as the containers of all its needs have ended with 0, all Pods of one event at once, and copies each step's log to
// stdout, because the driver does. The Pods come from package podspec, so that they are the driver's to the byte.
//
// It keeps no record, has no failure policy, no parallelism, no cancel, and repeats nothing: whatever goes wrong ends it with
// the exit code that makes its Job fail at once, and the benchmark with it.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/stepherd/stepherd/internal/podspec"
	"github.com/stepherd/stepherd/internal/usage"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "floor: %v\n", err)
		os.Exit(podspec.ExitFailed)
	}
}

func run(ctx context.Context, stdout, stderr io.Writer) error {
	plan, err := os.ReadFile(podspec.PlanFile)
	if err != nil {
		return err
	}
	p, err := podspec.DecodePlan(plan)
	if err != nil {
		return err
	}
	var counter usage.Counter
	client, err := newClient(&counter)
	if err != nil {
		return err
	}
	id := podspec.Identity{
		Run:       os.Getenv(podspec.EnvRun),
		RunUID:    os.Getenv(podspec.EnvRunUID),
		Namespace: os.Getenv(podspec.EnvNamespace),
	}
	if err := execute(ctx, client, p, id, stdout); err != nil {
		return err
	}
	line, err := usage.Ends("floor", &counter)
	if err != nil {
		return err
	}
	return json.NewEncoder(stderr).Encode(line)
}

// newClient has no limit of its own on the rate of requests, and speaks protobuf: the cheapest that client-go has.
func newClient(counter *usage.Counter) (kubernetes.Interface, error) {
	cfg, err := rest.InClusterConfig()
	if err != nil {
		return nil, err
	}
	cfg.QPS = -1
	cfg.ContentType = "application/vnd.kubernetes.protobuf"
	cfg.AcceptContentTypes = "application/vnd.kubernetes.protobuf,application/json"
	cfg.UserAgent = "stepherd-bench-floor"
	cfg.Wrap(counter.Wrap)
	return kubernetes.NewForConfig(cfg)
}

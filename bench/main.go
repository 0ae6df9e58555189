package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/stepherd/stepherd/test/rig"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == readerCommand {
		os.Exit(readLogs(os.Args[2:], os.Stdout, os.Stderr))
	}
	rig.Program[options]{Name: "bench", Parse: parseOptions, Play: play}.Main()
}

// play measures what the options say, and returns a sentence for each broken bar.
func play(ctx context.Context, o options, stdout, stderr io.Writer) ([]string, error) {
	if o.logs {
		return measureLogs(ctx, o, stdout, stderr)
	}
	return measure(ctx, o, stdout, stderr)
}

// measure plays all shapes, writes the report, and gives a sentence for each broken bar.
func measure(ctx context.Context, o options, stdout, stderr io.Writer) (broken []string, err error) {
	b, err := newBench(o, stderr)
	if err != nil {
		return nil, err
	}
	if err := b.install(ctx); err != nil {
		return nil, err
	}
	defer b.uninstall(ctx)
	about, err := b.about(ctx)
	if err != nil {
		return nil, err
	}
	if err := b.warmUp(ctx); err != nil {
		return nil, err
	}
	b.busyStarts = 0 // those of the warm-up do not count
	var results []result
	for _, s := range o.shapes {
		rounds, err := b.play(ctx, s)
		if err != nil {
			return nil, err
		}
		results = append(results, result{shape: s, rounds: rounds})
	}
	about.trials, about.busy = 2*o.rounds*len(o.shapes), b.busyStarts
	text := markdown(about, results)
	if _, err := io.WriteString(stdout, text); err != nil {
		return nil, err
	}
	if o.out != "" {
		if err := rewrite(o.out, func(page page) page { page.runs = text; return page }); err != nil {
			return nil, err
		}
	}
	return brokenBars(results), nil
}

// options is the command line, checked.
type options struct {
	kubeconfig, namespace, out string

	images   map[contestant]string
	rounds   int
	shapes   []shape
	settle   time.Duration
	patience time.Duration

	// logs: measure how logs are followed instead. The cluster is a local one, bin the folder with launcher,
	// kubectl a kubectl that runs in any container.
	logs         bool
	bin, kubectl string
}

func parseOptions(args []string, stderr io.Writer) (options, error) {
	o := options{images: map[contestant]string{}}
	set := flag.NewFlagSet("bench", flag.ContinueOnError)
	set.SetOutput(stderr)
	set.StringVar(&o.kubeconfig, "kubeconfig", os.Getenv("KUBECONFIG"), "path of the kubeconfig of a cluster that does nothing else")
	set.StringVar(&o.namespace, "namespace", "stepherd-bench", "namespace to make, and to delete at the end")
	set.StringVar(&o.out, "out", "", "file to write the report to, beside stdout")
	set.IntVar(&o.rounds, "rounds", minRounds, "how many times each contestant runs each pipeline")
	set.DurationVar(&o.settle, "settle", 30*time.Second, "how long to wait at most, before a trial, for the machine to have little to do")
	set.DurationVar(&o.patience, "patience", 10*time.Minute, "how long one trial may take")
	driver := set.String("driver-image", "", "image of the driver, present on the nodes")
	floor := set.String("floor-image", "", "image of the floor, present on the nodes")
	set.BoolVar(&o.logs, "logs", false, "measure how logs are followed instead of pipelines")
	rig.AddBin(set, &o.bin, "with -logs: folder with launcher")
	set.StringVar(&o.kubectl, "kubectl", "bin/kubectl/kubectl", "with -logs: a statically linked kubectl, alone in its folder")
	names := set.String("shapes", "chain,fanout,layers", "which pipelines, separated by commas")
	if err := rig.ParseFlags(set, args, &o.kubectl); err != nil {
		return options{}, err
	}
	o.images[theDriver], o.images[theFloor] = *driver, *floor
	switch {
	case *driver == "" || *floor == "" && !o.logs:
		return options{}, errors.New("name both images with -driver-image and -floor-image; `make bench` does")
	case o.kubeconfig == "":
		return options{}, errors.New("no cluster is named; use -kubeconfig or set KUBECONFIG")
	case o.rounds < 1:
		return options{}, fmt.Errorf("-rounds %d makes no sense; use at least 1, and %d for figures to be believed", o.rounds, minRounds)
	}
	var err error
	o.shapes, err = pick(*names)
	return o, err
}

// pick gives the shapes by name, in the order of the report.
func pick(names string) ([]shape, error) {
	all, err := allShapes()
	if err != nil {
		return nil, err
	}
	wanted := map[string]bool{}
	for name := range strings.SplitSeq(names, ",") {
		wanted[name] = true
	}
	var picked []shape
	for _, s := range all {
		if wanted[s.name] {
			picked = append(picked, s)
			delete(wanted, s.name)
		}
	}
	for name := range wanted {
		return nil, fmt.Errorf("there is no pipeline %q; use chain, fanout or layers", name)
	}
	return picked, nil
}

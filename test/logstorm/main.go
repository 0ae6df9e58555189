package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

// Exit codes.
const (
	exitWrong   = 1
	exitUsage   = 2
	exitTrouble = 3
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parseOptions(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		fmt.Fprintf(stderr, "logstorm: %v\n", err)
		return exitUsage
	}
	report, problems, err := storm(ctx, o, sayTo(stderr))
	fmt.Fprint(stdout, report)
	for _, p := range problems {
		fmt.Fprintf(stderr, "logstorm: WRONG %s\n", p)
	}
	switch {
	case err != nil:
		fmt.Fprintf(stderr, "logstorm: %v\n", err)
		return exitTrouble
	case len(problems) > 0:
		fmt.Fprintf(stderr, "logstorm: what was seen is in %s\n", o.trouble)
		return exitWrong
	}
	return 0
}

// sayTo tells what happens, and when.
func sayTo(w io.Writer) func(string, ...any) {
	var mu sync.Mutex
	begin := time.Now()
	return func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintf(w, "%5.0f s  %s\n", time.Since(begin).Seconds(), fmt.Sprintf(format, args...))
	}
}

// perRestart is about how long a restart takes with the calm before it: for so long, times their number, steps write.
const perRestart = 12 * time.Second

// storm makes the cluster, sends the runs through the harm, and removes the cluster.
func storm(ctx context.Context, o options, say func(string, ...any)) (report string, problems []string, err error) {
	if err := os.RemoveAll(o.trouble); err != nil {
		return "", nil, fmt.Errorf("remove what the last storm left: %w", err)
	}
	if err := os.MkdirAll(o.trouble, 0o755); err != nil {
		return "", nil, fmt.Errorf("make the folder for what is seen: %w", err)
	}
	c, err := makeCluster(ctx, o)
	if err != nil {
		return "", nil, err
	}
	say("the cluster is up")
	defer func() {
		if err != nil || len(problems) > 0 {
			err = errors.Join(err, c.keepLogs(o.trouble))
		}
		if !o.keep {
			err = errors.Join(err, c.down(ctx))
		}
	}()
	paced := time.Duration(o.restarts+1) * perRestart
	trips := []*trip{{run: "storm", steps: writers(stepCount, o.lines, paced), c: c, dir: o.trouble, say: say}}
	if o.kills > 0 {
		trips = append(trips, &trip{run: "killed", steps: writers(killedCount, o.lines/10, paced), may: rules{again: true}, c: c, dir: o.trouble, say: say})
	}
	if o.rotate {
		trips = append(trips, &trip{run: "rotated", steps: floods(), may: rules{gaps: true}, c: c, dir: o.trouble, say: say})
	}
	if err := rage(ctx, o, c, trips, say); err != nil {
		return "", nil, err
	}
	return arrive(ctx, trips)
}

// rage submits the runs and does all harm; steps end after it.
func rage(ctx context.Context, o options, c *cluster, trips []*trip, say func(string, ...any)) error {
	for _, t := range trips {
		if err := t.submit(ctx); err != nil {
			return err
		}
	}
	for _, t := range trips {
		if err := t.underWay(ctx); err != nil {
			return err
		}
	}
	say("all steps write")
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	do := func(harm func() error) {
		wg.Go(func() {
			if err := harm(); err != nil {
				cancel(err)
			}
		})
	}
	do(func() error { return c.disturb(ctx, restarts(o.restarts), say) })
	for _, t := range trips {
		if t.may.again {
			do(func() error { return t.kill(ctx, o.kills) })
		}
	}
	wg.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	say("the harm is done")
	return c.endStorm()
}

func arrive(ctx context.Context, trips []*trip) (report string, problems []string, err error) {
	for _, t := range trips {
		r, p := t.arrive(ctx)
		report += r
		problems = append(problems, p...)
	}
	return report, problems, nil
}

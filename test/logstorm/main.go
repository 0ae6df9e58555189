package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/stepherd/stepherd/internal/errs"
	"github.com/stepherd/stepherd/test/rig"
)

func main() { rig.Program[options]{Name: "logstorm", Parse: parseOptions, Play: play}.Main() }

// play makes a storm, and writes what came of it.
func play(ctx context.Context, o options, stdout, stderr io.Writer) ([]string, error) {
	report, problems, err := storm(ctx, o, sayTo(stderr))
	fmt.Fprint(stdout, report)
	var wrong []string
	for _, p := range problems {
		wrong = append(wrong, "WRONG "+p)
	}
	if err == nil && len(wrong) > 0 {
		wrong = append(wrong, "what was seen is in "+o.Trouble)
	}
	return wrong, err
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
	if err := os.RemoveAll(o.Trouble); err != nil {
		return "", nil, fmt.Errorf("remove what the last storm left: %w", err)
	}
	if err := os.MkdirAll(o.Trouble, 0o755); err != nil {
		return "", nil, fmt.Errorf("make the folder for what is seen: %w", err)
	}
	c, err := makeCluster(ctx, o)
	if err != nil {
		return "", nil, err
	}
	say("the cluster is up")
	defer func() {
		if err != nil || len(problems) > 0 {
			err = errs.Join(err, c.keepLogs(o.Trouble))
		}
		if !o.Keep {
			err = errs.Join(err, c.Down(ctx))
		}
	}()
	paced := time.Duration(o.restarts+1) * perRestart
	trips := []*trip{{run: "storm", steps: writers(stepCount, o.lines, paced), c: c, dir: o.Trouble, say: say}}
	if o.kills > 0 {
		trips = append(trips, &trip{run: "killed", steps: writers(killedCount, o.lines/10, paced), may: rules{again: true}, c: c, dir: o.Trouble, say: say})
	}
	if o.rotate {
		trips = append(trips, &trip{run: "rotated", steps: floods(), may: rules{gaps: true}, c: c, dir: o.Trouble, say: say})
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

package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/stepherd/stepherd/test/rig"
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
	o, err := parseOptions(args, uint64(time.Now().Unix()), stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		fmt.Fprintf(stderr, "soak: %v\n", err)
		return exitUsage
	}
	story, err := tell(ctx, o, stderr)
	if err != nil {
		fmt.Fprintf(stderr, "soak: %v\n", err)
		return exitTrouble
	}
	text := markdown(story)
	fmt.Fprint(stdout, text)
	if o.out != "" {
		if err := os.WriteFile(o.out, []byte(text), 0o644); err != nil {
			fmt.Fprintf(stderr, "soak: write the report: %v\n", err)
			return exitTrouble
		}
	}
	if n := len(story.problems()); n > 0 {
		fmt.Fprintf(stderr, "soak: %s went wrong; see %s, and repeat with -seed %d\n", plural(n, "thing"), cmp.Or(o.judge, o.trouble), story.about.seed)
		return exitWrong
	}
	return 0
}

// tell makes a soak, or judges one that was made.
func tell(ctx context.Context, o options, stderr io.Writer) (story, error) {
	if o.judge != "" {
		s, err := judgeAgain(o.judge)
		s.note = o.note
		return s, err
	}
	return soak(ctx, o, stderr)
}

// planLength is longer than any soak takes.
const planLength = 6 * time.Hour

// soak makes the cluster, drives the runs through the chaos, and removes the cluster.
func soak(ctx context.Context, o options, stderr io.Writer) (s story, err error) {
	if err := os.MkdirAll(o.trouble, 0o755); err != nil {
		return s, fmt.Errorf("make the folder for the log: %w", err)
	}
	file, err := os.Create(filepath.Join(o.trouble, "log.txt"))
	if err != nil {
		return s, fmt.Errorf("make the log: %w", err)
	}
	defer file.Close()
	l := newLedger(io.MultiWriter(stderr, file))
	l.say("%s, %d at a time, seed %d, on cluster %q", plural(o.runs, "run"), o.parallel, o.seed, o.cluster)
	c, err := makeCluster(ctx, o)
	if err != nil {
		return s, err
	}
	defer func() {
		if !o.keep {
			err = errors.Join(err, c.down(ctx))
		}
	}()
	about, err := c.about(o)
	if err != nil {
		return s, err
	}
	l.begin = time.Now()
	h := newHerd(o, c, l)
	s = story{about: about, short: o.short, results: drive(ctx, o, h)}
	s.took, s.deeds = time.Since(l.begin), l.all()
	if ctx.Err() != nil {
		return s, errors.New("it was interrupted")
	}
	return s, keep(o.trouble, s, h.harms.snapshot())
}

// drive lets runs and chaos loose on each other. The chaos ends when the last run has its verdict.
func drive(ctx context.Context, o options, h *herd) []result {
	chaos := &chaos{cluster: h.cluster, ledger: h.ledger, harms: h.harms, lookout: h.lookout, herd: h, deaths: map[string]int{}, blows: map[string]int{}}
	looking, blind := context.WithCancel(ctx)
	raging, calm := context.WithCancel(ctx)
	looked, raged := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(looked)
		h.lookout.watch(looking, func() []rig.Driver { return h.find(o.cluster) }, h.meet)
	}()
	orders := makeOrders(o.seed, o.runs, h.cluster.proofDir())
	go func() {
		defer close(raged)
		chaos.rage(raging, o, orders[0].name)
	}()
	results := h.drive(ctx, orders, o.parallel, func() {
		h.ledger.say("all runs have their verdicts")
		calm()
	})
	calm()
	<-raged
	blind()
	<-looked
	return results
}

// rage begins when the first step runs.
func (c *chaos) rage(ctx context.Context, o options, first string) {
	if c.herd.proofUntil(ctx, first, func(p []line) bool { return len(p) > 0 }) != nil {
		return
	}
	plan := makePlan(o.seed, planLength)
	if o.short {
		plan = shortPlan(o.seed)
	}
	c.run(ctx, plan)
}

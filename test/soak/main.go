package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/stepherd/stepherd/internal/errs"
	"github.com/stepherd/stepherd/internal/phrase"
	"github.com/stepherd/stepherd/test/rig"
)

func main() {
	parse := func(args []string, stderr io.Writer) (options, error) {
		return parseOptions(args, uint64(time.Now().Unix()), stderr)
	}
	rig.Program[options]{Name: "soak", Parse: parse, Play: play}.Main()
}

// play makes or judges a soak, and writes its report.
func play(ctx context.Context, o options, stdout, stderr io.Writer) ([]string, error) {
	story, err := tell(ctx, o, stderr)
	if err != nil {
		return nil, err
	}
	text := markdown(story)
	fmt.Fprint(stdout, text)
	if o.out != "" {
		if err := os.WriteFile(o.out, []byte(text), 0o644); err != nil {
			return nil, fmt.Errorf("write the report: %w", err)
		}
	}
	if n := len(story.problems()); n > 0 {
		return []string{fmt.Sprintf("%s went wrong; see %s, and repeat with -seed %d", phrase.Count(n, "thing"), cmp.Or(o.judge, o.Trouble), story.about.seed)}, nil
	}
	return nil, nil
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
	if err := os.MkdirAll(o.Trouble, 0o755); err != nil {
		return s, fmt.Errorf("make the folder for the log: %w", err)
	}
	file, err := os.Create(filepath.Join(o.Trouble, "log.txt"))
	if err != nil {
		return s, fmt.Errorf("make the log: %w", err)
	}
	defer file.Close()
	l := newLedger(io.MultiWriter(stderr, file))
	l.say("%s, %d at a time, seed %d, on cluster %q", phrase.Count(o.runs, "run"), o.parallel, o.seed, o.Cluster)
	c, err := makeCluster(ctx, o)
	if err != nil {
		return s, err
	}
	defer func() {
		if !o.Keep {
			err = errs.Join(err, c.Down(ctx))
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
	return s, keep(o.Trouble, s, h.harms.snapshot())
}

// drive lets runs and chaos loose on each other. The chaos ends when the last run has its verdict.
func drive(ctx context.Context, o options, h *herd) []result {
	chaos := &chaos{cluster: h.cluster, ledger: h.ledger, harms: h.harms, lookout: h.lookout, herd: h, deaths: map[string]int{}, blows: map[string]int{}}
	looking, blind := context.WithCancel(ctx)
	raging, calm := context.WithCancel(ctx)
	looked, raged := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(looked)
		h.lookout.watch(looking, func() []rig.Driver { return h.find(o.Cluster) }, h.meet)
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

// options is the command line, checked.
type options struct {
	runs, parallel int
	seed           uint64
	short          bool
	note           string // for the report; empty: none
	judge          string // a folder for trouble of a soak that was made; empty: make one
	out            string // empty: no file
	rig.Options
}

// parseOptions takes the seed from the clock where none is given: seedOfNow.
func parseOptions(args []string, seedOfNow uint64, stderr io.Writer) (options, error) {
	o := options{}
	set := flag.NewFlagSet("soak", flag.ContinueOnError)
	set.SetOutput(stderr)
	set.IntVar(&o.runs, "runs", 50, "how many runs")
	set.IntVar(&o.parallel, "parallel", 5, "how many of them at a time")
	set.Uint64Var(&o.seed, "seed", 0, "what the choices are drawn from; 0 takes one from the clock, which is printed")
	set.BoolVar(&o.short, "short", false, "one disturbance of each quick kind, no node is cut off")
	set.StringVar(&o.out, "out", "", "file to write the report to, beside stdout")
	set.StringVar(&o.judge, "judge", "", "make no soak, but judge again what one has left in this folder (-trouble), and write its report")
	set.StringVar(&o.note, "note", "", "with -judge: a paragraph for the report, by whoever has looked into what happened")
	o.AddTo(set)
	if err := rig.ParseFlags(set, args, &o.Bin); err != nil {
		return o, err
	}
	if o.seed == 0 {
		o.seed = seedOfNow
	}
	switch {
	case o.note != "" && o.judge == "":
		return o, errors.New("-note goes with -judge: nobody knows before what there will be to say")
	case o.runs < 1 || o.parallel < 1:
		return o, errors.New("-runs and -parallel take numbers from 1")
	}
	return o, nil
}

package main

import (
	"errors"
	"flag"
	"io"

	"github.com/stepherd/stepherd/test/rig"
)

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

package main

import (
	"errors"
	"flag"
	"fmt"
	"io"

	"github.com/stepherd/stepherd/test/rig"
)

// options is the command line, checked.
type options struct {
	lines    int // of the run whose driver lives
	restarts int
	kills    int
	rotate   bool
	rig.Options
}

func parseOptions(args []string, stderr io.Writer) (options, error) {
	o := options{}
	set := flag.NewFlagSet("logstorm", flag.ContinueOnError)
	set.SetOutput(stderr)
	set.IntVar(&o.lines, "lines", 200_000, "how many lines the steps write in all; those of the run whose driver is killed write a tenth")
	set.IntVar(&o.restarts, "restarts", 3, "how many times a kubelet or the API server is restarted")
	set.IntVar(&o.kills, "kills", 2, "how many times a driver is killed; 0 leaves that run out")
	set.BoolVar(&o.rotate, "rotate", true, "a third run, on a node that rotates its logs at 64 KiB")
	o.AddTo(set)
	if err := rig.ParseFlags(set, args, &o.Bin); err != nil {
		return o, err
	}
	switch {
	case o.lines < minLines:
		return o, fmt.Errorf("-lines takes numbers from %d", minLines)
	case o.restarts < 0 || o.kills < 0:
		return o, errors.New("-restarts and -kills take numbers from 0")
	}
	return o, nil
}

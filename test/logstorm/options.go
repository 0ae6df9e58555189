package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"
)

// options is the command line, checked.
type options struct {
	lines    int // of the run whose driver lives
	restarts int
	kills    int
	rotate   bool
	cluster  string
	keep     bool
	bin      string // absolute
	trouble  string // the folder for what was seen, when something went wrong
}

func parseOptions(args []string, stderr io.Writer) (options, error) {
	o := options{}
	set := flag.NewFlagSet("logstorm", flag.ContinueOnError)
	set.SetOutput(stderr)
	set.IntVar(&o.lines, "lines", 200_000, "how many lines the steps write in all; those of the run whose driver is killed write a tenth")
	set.IntVar(&o.restarts, "restarts", 3, "how many times a kubelet or the API server is restarted")
	set.IntVar(&o.kills, "kills", 2, "how many times a driver is killed; 0 leaves that run out")
	set.BoolVar(&o.rotate, "rotate", true, "a third run, on a node that rotates its logs at 64 KiB")
	set.StringVar(&o.cluster, "cluster", "logstorm", "name of the local cluster, which is made and removed")
	set.BoolVar(&o.keep, "keep", false, "leave the cluster for a look")
	set.StringVar(&o.bin, "bin", "bin", "folder with launcher, localcluster and driver-image.tar")
	set.StringVar(&o.trouble, "trouble", ".build/logstorm", "folder for what was seen, when something went wrong")
	if err := set.Parse(args); err != nil {
		return o, err
	}
	switch {
	case set.NArg() > 0:
		return o, fmt.Errorf("unexpected argument %q; logstorm takes flags only", set.Arg(0))
	case o.lines < minLines:
		return o, fmt.Errorf("-lines takes numbers from %d", minLines)
	case o.restarts < 0 || o.kills < 0:
		return o, errors.New("-restarts and -kills take numbers from 0")
	}
	var err error
	o.bin, err = filepath.Abs(o.bin)
	return o, err
}

package rig

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/stepherd/stepherd/internal/errs"
)

// Options are those of every program that has a local cluster of its own.
type Options struct {
	Cluster string
	Keep    bool
	Bin     string // absolute, once parsed
	Trouble string
}

// AddTo adds the flags. The set's name is the program's, and by default the cluster's.
func (o *Options) AddTo(set *flag.FlagSet) {
	set.StringVar(&o.Cluster, "cluster", set.Name(), "name of the local cluster, which is made and removed")
	set.BoolVar(&o.Keep, "keep", false, "leave the cluster, and what went wrong in it, for a look")
	set.StringVar(&o.Trouble, "trouble", ".build/"+set.Name(), "folder for what was seen, when something went wrong")
	AddBin(set, &o.Bin, "folder with launcher, localcluster and driver-image.tar")
}

// AddBin adds the flag of the folder that has the programs to be tested.
func AddBin(set *flag.FlagSet, bin *string, usage string) { set.StringVar(bin, "bin", "bin", usage) }

// ParseFlags parses a command line that has no arguments but flags, and makes these folders absolute.
func ParseFlags(set *flag.FlagSet, args []string, folders ...*string) error {
	if err := set.Parse(args); err != nil {
		return err
	}
	if set.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q; %s takes flags only", set.Arg(0), set.Name())
	}
	var err error
	for _, f := range folders {
		abs, absErr := filepath.Abs(*f)
		*f, err = abs, errs.Join(err, absErr)
	}
	return err
}

// upLimit is how long a cluster may take to come up.
const upLimit = 5 * time.Minute

// Make brings up the cluster, and removes it again if it does not come up whole. It refuses a cluster that is there already,
// which may be somebody's.
func (o Options) Make(ctx context.Context, bringUp func(context.Context, Local) error) error {
	for _, name := range []string{"launcher", "localcluster", "driver-image.tar"} {
		if _, err := os.Stat(filepath.Join(o.Bin, name)); err != nil {
			return fmt.Errorf("%s is missing in %s: run make build image localcluster first", name, o.Bin)
		}
	}
	l := Local{Path: filepath.Join(o.Bin, "localcluster"), Name: o.Cluster}
	if _, err := l.Do(ctx, "kubeconfig"); err == nil {
		return fmt.Errorf("the cluster %q is there already, and one of our own is needed: run bin/localcluster down --name %s, or name another with -cluster",
			o.Cluster, o.Cluster)
	}
	ctx, cancel := context.WithTimeout(ctx, upLimit)
	defer cancel()
	if err := bringUp(ctx, l); err != nil {
		return errs.Join(err, l.Down(ctx))
	}
	return nil
}

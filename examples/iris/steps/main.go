// Command iris is all the steps of the example pipeline in one program: it loads the iris data set, divides it, trains
// three models, tests them on the flowers held out, and reports which is best.
//
// Each sub-command is one step. Steps know each other only by the files that they are given, so they run in separate
// Pods that share a volume, or one after the other in a shell. It is an example, not a tool for machine learning.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

const usage = `usage: iris STEP [flags]

  load      --out FILE [--from FILE]                     read and check the data set (default: the copy inside)
  split     --in FILE --train FILE --test FILE           hold out flowers of each species for the test
            [--held-out 20] [--seed 1]
  train     --model knn|bayes|logistic --in FILE --out FILE
  evaluate  --test FILE --model FILE... --out FILE       let the models predict the flowers held out
  report    --in FILE                                    print the scores

Exit code 1: the step failed; 2: wrong usage.
`

// step is one sub-command. It declares its flags, and gives back what to do once they are read.
type step func(flags *flag.FlagSet) func(stdout io.Writer) error

var steps = map[string]step{
	"load":     load,
	"split":    split,
	"train":    train,
	"evaluate": evaluate,
	"report":   report,
}

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

func run(args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		fmt.Fprint(stderr, usage)
		return 2
	}
	if args[0] == "help" || args[0] == "--help" || args[0] == "-h" {
		fmt.Fprint(stdout, usage)
		return 0
	}
	declare, ok := steps[args[0]]
	if !ok {
		fmt.Fprintf(stderr, "iris: unknown step %q; iris --help lists the steps\n", args[0])
		return 2
	}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	do := declare(flags)
	if err := parse(flags, args[1:]); errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stdout, usage)
		return 0
	} else if err != nil {
		fmt.Fprintf(stderr, "iris %s: %v; iris --help lists the flags\n", args[0], err)
		return 2
	}
	if err := do(stdout); err != nil {
		fmt.Fprintf(stderr, "iris %s: %v\n", args[0], err)
		return 1
	}
	return 0
}

// parse wants every flag that has no default: all of them name files or models that a step cannot do without.
func parse(flags *flag.FlagSet, args []string) error {
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	var missing []string
	flags.VisitAll(func(f *flag.Flag) {
		if f.Value.String() == "" {
			missing = append(missing, "--"+f.Name)
		}
	})
	if len(missing) > 0 {
		return fmt.Errorf("%s must be given", strings.Join(missing, " and "))
	}
	return nil
}

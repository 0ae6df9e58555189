// Command verify holds the repository to what a reader relies on and a compiler does not see: tidy modules, current golden files, documented
// names, a reason for each dependency, import arrows as ARCHITECTURE shows them, and references that lead somewhere.
//
//	go run ./verify -root .. [-files] [-write]
//
// Each check is a pure function of the repository's files, except those of commands.go, which run the go command. Each problem names file, line
// and what to do. -files leaves the go command out, which takes seconds instead of minutes; -write rewrites the generated table of docs/ARCHITECTURE.md and checks nothing.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// checks are the checks that look at files alone.
var checks = []func(tree) []problem{documented, dependencies, arrows, references, stages}

// run is the program without its process.
func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("verify", flag.ContinueOnError)
	flags.SetOutput(out)
	root := flags.String("root", ".", "the repository")
	alone := flags.Bool("files", false, "only the checks that look at files alone")
	write := flags.Bool("write", false, "rewrite the generated table of docs/ARCHITECTURE.md")
	if err := flags.Parse(args); err != nil {
		return err
	}
	files, err := readTree(ctx, *root)
	if err != nil {
		return err
	}
	if *write {
		return writeArrows(*root, files)
	}
	var found []problem
	for _, check := range checks {
		found = append(found, check(files)...)
	}
	if !*alone {
		found = append(found, tidy(ctx, *root, files)...)
		found = append(found, goldens(ctx, *root, files)...)
	}
	for _, p := range found {
		fmt.Fprintln(out, p)
	}
	if len(found) > 0 {
		return fmt.Errorf("%d problems, see above", len(found))
	}
	return nil
}

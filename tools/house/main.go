// Command house measures how the repository is built: files per package, lines per file, long functions, methods per receiver, and interfaces
// by their number of methods. With a commit it prints that commit's figures beside the tree's.
//
//	go run ./house -root .. [-ref main] [-hints]
//
// It reads source text only: nothing is compiled, so that a commit of long ago is measured as well as today's. It exits with 1 when the tree
// breaks a limit (limits.go), and names each place.
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

// run is the program without its process.
func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("house", flag.ContinueOnError)
	flags.SetOutput(out)
	root := flags.String("root", ".", "the repository")
	ref := flags.String("ref", "", "a commit whose figures are printed beside the tree's")
	hints := flags.Bool("hints", false, "also list the files of less than 40 lines")
	if err := flags.Parse(args); err != nil {
		return err
	}
	after, err := measure(*root)
	if err != nil {
		return err
	}
	var before house
	if *ref != "" {
		if before, err = measureCommit(ctx, *root, *ref); err != nil {
			return err
		}
	}
	printPackages(out, before, after)
	printPorts(out, before, after)
	if *hints {
		printHints(out, after)
	}
	broken := after.broken()
	for _, sentence := range broken {
		fmt.Fprintln(out, sentence)
	}
	if len(broken) > 0 {
		return fmt.Errorf("%d limits are broken, see above", len(broken))
	}
	return nil
}

// Command mutants plants bugs, one at a time, and expects the tests of the package to turn red. A bug that survives shows
// a hole in the tests; one that no longer fits the source has to be written anew. The bugs are in *.txt beside this
// file; none of them ever touches the working tree (go test -overlay).
//
// From the root of the module: go run ./test/mutants [-only NAME] [-j N].
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("mutants", flag.ContinueOnError)
	flags.SetOutput(stderr)
	only := flags.String("only", "", "plant this one alone")
	jobs := flags.Int("j", runtime.NumCPU(), "how many to test at the same time")
	dir := flags.String("dir", "test/mutants", "where the bugs are")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	bugs, err := load(*dir)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	if *only != "" {
		bugs = slices.DeleteFunc(bugs, func(b bug) bool { return b.name != *only })
	}
	if len(bugs) == 0 {
		fmt.Fprintln(stderr, "no bugs to plant")
		return 2
	}
	start := time.Now()
	if err := green(ctx, bugs); err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	verdicts := plant(ctx, bugs, *jobs)
	bad := report(stdout, bugs, verdicts)
	fmt.Fprintf(stdout, "%d of %d killed in %.0f s\n", len(bugs)-bad, len(bugs), time.Since(start).Seconds())
	if bad > 0 {
		return 1
	}
	return 0
}

// load reads all bugs of a folder, in the order of the files.
func load(dir string) ([]bug, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil {
		return nil, err
	}
	var bugs []bug
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		more, err := parse(string(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		bugs = append(bugs, more...)
	}
	return bugs, nil
}

// green makes sure that the tests pass without any bug: otherwise every kill would mean nothing.
func green(ctx context.Context, bugs []bug) error {
	var packages []string
	for _, b := range bugs {
		packages = append(packages, b.pkg())
	}
	slices.Sort(packages)
	for _, pkg := range slices.Compact(packages) {
		if v := test(ctx, pkg, ""); v.outcome != survived {
			return fmt.Errorf("the tests of %s fail without any bug:\n%s", pkg, v.by)
		}
	}
	return nil
}

// plant tests all bugs, a few at a time.
func plant(ctx context.Context, bugs []bug, jobs int) []verdict {
	verdicts := make([]verdict, len(bugs))
	next := make(chan int)
	var workers sync.WaitGroup
	for range max(1, jobs) {
		workers.Go(func() {
			for i := range next {
				verdicts[i] = try(ctx, bugs[i])
			}
		})
	}
	for i := range bugs {
		next <- i
	}
	close(next)
	workers.Wait()
	return verdicts
}

// report prints the table and counts what was not killed.
func report(w io.Writer, bugs []bug, verdicts []verdict) int {
	width := len(slices.MaxFunc(bugs, func(a, b bug) int { return cmp.Compare(len(a.name), len(b.name)) }).name)
	bad := 0
	for i, b := range bugs {
		v := verdicts[i]
		fmt.Fprintf(w, "%-*s | %-8s | %s\n", width, b.name, v.outcome, v.by)
		if v.outcome != killed {
			bad++
			fmt.Fprintf(w, "%-*s   %s (%s)\n", width, "", b.sentence, b.file)
		}
	}
	return bad
}

// Command mutants plants bugs, one at a time, and expects the tests of the package to turn red. A bug that survives shows
// a hole in the tests; one that no longer fits the source has to be written anew. The bugs are in *.txt beside this
// file; none of them ever touches the working tree (go test -overlay).
//
// The bugs of a package are compiled together, asleep (graft.go), and each run of the tests wakes one. A bug that is not within
// one function is compiled by itself.
//
// From the root of the module: go run ./test/mutants [-only NAME,NAME...] [-j N].
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
	"strings"
	"sync"
	"syscall"
	"time"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("mutants", flag.ContinueOnError)
	flags.SetOutput(stderr)
	only := flags.String("only", "", "plant these alone, separated by commas")
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
		names := strings.Split(*only, ",")
		bugs = slices.DeleteFunc(bugs, func(b bug) bool { return !slices.Contains(names, b.name) })
	}
	if len(bugs) == 0 {
		fmt.Fprintln(stderr, "no bugs to plant")
		return 2
	}
	bad, err := kill(ctx, bugs, *jobs, stdout, stderr)
	switch {
	case err != nil:
		fmt.Fprintln(stderr, err)
		return 1
	case bad > 0:
		return 1
	}
	return 0
}

// kill tests all bugs, prints what became of them, and counts those that were not killed.
func kill(ctx context.Context, bugs []bug, jobs int, stdout, stderr io.Writer) (int, error) {
	start := time.Now()
	dir, err := os.MkdirTemp("", "mutants-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	batches, err := buildAll(ctx, dir, bugs, stderr)
	if err != nil {
		return 0, err
	}
	built := time.Since(start)
	bad := report(stdout, bugs, plant(ctx, bugs, batches, jobs))
	fmt.Fprintf(stdout, "%d of %d killed in %.0f s, of which %.0f s to build; %.0f s of processor time; %d were compiled by themselves: %s\n",
		len(bugs)-bad, len(bugs), time.Since(start).Seconds(), built.Seconds(), processorTime().Seconds(),
		len(alone(bugs, batches)), strings.Join(alone(bugs, batches), " "))
	return bad, nil
}

// processorTime is that of all commands that were run.
func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
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

// plant tests all bugs, a few at a time.
func plant(ctx context.Context, bugs []bug, batches map[string]*batch, jobs int) []verdict {
	verdicts := make([]verdict, len(bugs))
	next := make(chan int)
	var workers sync.WaitGroup
	for range max(1, jobs) {
		workers.Go(func() {
			for i := range next {
				verdicts[i] = batches[bugs[i].pkg()].try(ctx, bugs[i])
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

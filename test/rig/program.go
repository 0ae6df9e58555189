package rig

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// Exit codes of a program that judges what it has seen.
const (
	// ExitWrong is a judgment: what was looked at is not as it should be.
	ExitWrong = 1
	// ExitUsage is a command line that cannot be understood.
	ExitUsage = 2
	// ExitTrouble is a program that could not come to a judgment.
	ExitTrouble = 3
)

// Program is a program that does something to a cluster and judges what comes of it; O is its command line, checked.
type Program[O any] struct {
	Name  string
	Parse func(args []string, stderr io.Writer) (O, error)
	// Play returns a sentence for each thing that is wrong, also beside an error.
	Play func(ctx context.Context, o O, stdout, stderr io.Writer) (wrong []string, err error)
}

// Main is the program as a process. Ctrl-C and SIGTERM end the context of Play, which then cleans up.
func (p Program[O]) Main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := p.Run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// Run is the program without its process. It returns the exit code.
func (p Program[O]) Run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := p.Parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		fmt.Fprintf(stderr, "%s: %v\n", p.Name, err)
		return ExitUsage
	}
	wrong, err := p.Play(ctx, o, stdout, stderr)
	for _, sentence := range wrong {
		fmt.Fprintf(stderr, "%s: %s\n", p.Name, sentence)
	}
	switch {
	case err != nil:
		fmt.Fprintf(stderr, "%s: %v\n", p.Name, err)
		return ExitTrouble
	case len(wrong) > 0:
		return ExitWrong
	}
	return 0
}

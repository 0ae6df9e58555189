package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Exit codes: a caller can tell a wrong command line or a missing source from a machine that failed.
const (
	exitOK       = 0
	exitFailed   = 1
	exitBadInput = 2
)

func main() {
	os.Exit(run(os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
}

func run(args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	opts, err := parseOptions(args, getenv)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stdout, usage)
		return exitOK
	}
	if err == nil {
		err = build(opts, stdout)
	}
	var bad *inputError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &bad):
		fmt.Fprintf(stderr, "mkimage: %v\n", err)
		return exitBadInput
	default:
		fmt.Fprintf(stderr, "mkimage: %v\n", err)
		return exitFailed
	}
}

// build makes the image, checks its size before anything is written, writes the archive and prints what it made.
func build(opts *options, stdout io.Writer) error {
	files, err := opts.collect()
	if err != nil {
		return err
	}
	img, err := newImage(opts, files)
	if err != nil {
		return err
	}
	size, err := compressedSize(img)
	if err != nil {
		return err
	}
	if opts.maxSize > 0 && size > opts.maxSize {
		return fmt.Errorf("image %s has %s compressed, over the limit of %s; make its sources smaller or raise --max-size",
			fullName(opts.tag), humanSize(size), humanSize(opts.maxSize))
	}
	if err := writeArchive(opts.output, opts.tag, img); err != nil {
		return err
	}
	return printResult(stdout, opts, img, size)
}

// printResult writes one line whose first two fields a script can take: the reference by digest, and the size in bytes.
func printResult(stdout io.Writer, opts *options, img v1.Image, size int64) error {
	digest, err := img.Digest()
	if err != nil {
		return fmt.Errorf("read the image's digest: %w", err)
	}
	_, err = fmt.Fprintf(stdout, "%s@%s %d bytes compressed (%s)\n", repositoryName(opts.tag), digest, size, humanSize(size))
	return err
}

// inputError is a mistake of the caller: a wrong flag, or a source that cannot be taken.
type inputError struct{ message string }

func (e *inputError) Error() string { return e.message }

func badInput(format string, args ...any) error {
	return &inputError{message: fmt.Sprintf(format, args...)}
}

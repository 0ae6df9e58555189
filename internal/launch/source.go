package launch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// Stdin is the name of a file that stands for standard input.
const Stdin = "-"

// Load reads and decodes a pipeline file, or stdin for Stdin. What is wrong with its content is a
// *v1alpha1.Problems, everything else an *Error.
func Load(ctx context.Context, file string, stdin io.Reader) (v1alpha1.Reading, error) {
	data, err := read(ctx, file, stdin)
	if err != nil {
		return v1alpha1.Reading{}, err
	}
	name := file
	if file == Stdin {
		name = "stdin"
	}
	return v1alpha1.Read(name, data)
}

func read(ctx context.Context, file string, stdin io.Reader) ([]byte, error) {
	if file == Stdin {
		return readAll(ctx, "standard input", stdin)
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, fileError(file, err)
	}
	defer func() { _ = f.Close() }()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, fileError(file, syscall.EISDIR)
	}
	return readAll(ctx, fmt.Sprintf("file %q", file), f)
}

func fileError(file string, err error) error {
	switch {
	case file == "":
		return userErrorf("the file name is empty; give a pipeline file, or - for standard input")
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.ENAMETOOLONG), strings.ContainsRune(file, 0):
		return userErrorf("there is no file %q", file)
	case errors.Is(err, fs.ErrPermission):
		return userErrorf("you may not read the file %q", file)
	case errors.Is(err, syscall.EISDIR):
		return userErrorf("%q is a directory; give a pipeline file", file)
	}
	return userErrorf("read the file %q: %v", file, errors.Unwrap(err))
}

// readAll reads no more than one byte beyond what a pipeline may have. A terminal or a pipe that gives nothing is left when
// ctx ends; the read itself cannot be interrupted.
func readAll(ctx context.Context, what string, r io.Reader) ([]byte, error) {
	type result struct {
		data []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		data, err := io.ReadAll(io.LimitReader(r, v1alpha1.MaxFileBytes+1))
		done <- result{data, err}
	}()
	select {
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case r := <-done:
		switch {
		case r.err != nil:
			return nil, userErrorf("read %s: %v", what, r.err)
		case len(r.data) > v1alpha1.MaxFileBytes:
			return nil, userErrorf("%s is larger than the %d MiB that a pipeline file may have; split it into several pipelines", what, v1alpha1.MaxFileBytes>>20)
		}
		return r.data, nil
	}
}

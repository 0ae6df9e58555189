package submit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"github.com/stepherd/stepherd/internal/api/pipelinefile"
	"github.com/stepherd/stepherd/internal/api/yamltree"
	"github.com/stepherd/stepherd/internal/launch/client"
)

// Stdin is the name of a file that stands for standard input.
const Stdin = "-"

// Load reads and decodes a pipeline file, or stdin for Stdin. What is wrong with its content is a
// *yamltree.Problems, everything else an *Error.
func Load(ctx context.Context, file string, stdin io.Reader, o pipelinefile.Options) (pipelinefile.Reading, error) {
	data, err := read(ctx, file, stdin)
	if err != nil {
		return pipelinefile.Reading{}, err
	}
	name := file
	if file == Stdin {
		name = "stdin"
	}
	return pipelinefile.Read(name, data, o)
}

func read(ctx context.Context, file string, stdin io.Reader) ([]byte, error) {
	if file == Stdin {
		return within(ctx, func() ([]byte, error) { return readAll("standard input", stdin) })
	}
	return within(ctx, func() ([]byte, error) {
		f, err := os.Open(file) // of a FIFO it waits for a writer
		if err != nil {
			return nil, fileError(file, err)
		}
		defer func() { _ = f.Close() }()
		if info, err := f.Stat(); err == nil && info.IsDir() {
			return nil, fileError(file, syscall.EISDIR)
		}
		return readAll(fmt.Sprintf("file %q", file), f)
	})
}

func fileError(file string, err error) error {
	switch {
	case file == "":
		return client.UserErrorf("the file name is empty; give a pipeline file, or - for standard input")
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.ENAMETOOLONG), strings.ContainsRune(file, 0):
		return client.UserErrorf("there is no file %q", file)
	case errors.Is(err, fs.ErrPermission):
		return client.UserErrorf("you may not read the file %q", file)
	case errors.Is(err, syscall.EISDIR):
		return client.UserErrorf("%q is a directory; give a pipeline file", file)
	}
	return client.UserErrorf("read the file %q: %v", file, errors.Unwrap(err))
}

// within does what cannot be interrupted, as an open or a read of a terminal or a pipe, and leaves it when ctx ends.
func within(ctx context.Context, do func() ([]byte, error)) ([]byte, error) {
	type result struct {
		data []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		data, err := do()
		done <- result{data, err}
	}()
	select {
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case r := <-done:
		return r.data, r.err
	}
}

// readAll reads no more than one byte beyond what a pipeline may have.
func readAll(what string, r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, yamltree.MaxFileBytes+1))
	switch {
	case err != nil:
		return nil, client.UserErrorf("read %s: %v", what, err)
	case len(data) > yamltree.MaxFileBytes:
		return nil, client.UserErrorf("%s is larger than the %d MiB that a pipeline file may have; split it into several pipelines", what, yamltree.MaxFileBytes>>20)
	}
	return data, nil
}

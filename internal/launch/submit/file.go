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

	"github.com/stepherd/stepherd/internal/api/parameters"
	"github.com/stepherd/stepherd/internal/api/pipelinefile"
	"github.com/stepherd/stepherd/internal/api/yamltree"
	"github.com/stepherd/stepherd/internal/launch/client"
)

// Stdin is the name of a file that stands for standard input.
const Stdin = "-"

// Load reads and decodes a pipeline file, or stdin for Stdin, with the values that are given for its parameters. What is wrong with
// the content, or with the values, is a *yamltree.Problems, everything else an *Error.
func Load(ctx context.Context, file string, stdin io.Reader, a Arguments) (pipelinefile.Reading, error) {
	if file == Stdin && a.File == Stdin {
		return pipelinefile.Reading{}, client.UserErrorf("the pipeline and --params-file are both to be read from standard input; give one of them as a file")
	}
	data, err := pipelineFile.read(ctx, file, stdin)
	if err != nil {
		return pipelinefile.Reading{}, err
	}
	options, err := a.options(ctx, stdin)
	if err != nil {
		return pipelinefile.Reading{}, err
	}
	return pipelinefile.Read(nameOf(file), data, options)
}

// nameOf is what errors call a file.
func nameOf(file string) string {
	if file == Stdin {
		return "stdin"
	}
	return file
}

// kind is a kind of files, with what its errors say.
type kind struct {
	wanted string
	most   int
	larger string // ends the sentence on a file that is too large
}

// The kinds of files.
var (
	pipelineFile  = kind{"a pipeline file", yamltree.MaxFileBytes, "split it into several pipelines"}
	parameterFile = kind{"a file that maps parameters to values", yamltree.MaxFileBytes, "put large data into files that the steps read"}
	valueFile     = kind{"a file with the value of a parameter", parameters.MaxBytes, "put large data into files that the steps read"}
)

func (k kind) read(ctx context.Context, file string, stdin io.Reader) ([]byte, error) {
	if file == Stdin {
		return within(ctx, func() ([]byte, error) { return k.readAll("standard input", stdin) })
	}
	return within(ctx, func() ([]byte, error) {
		f, err := os.Open(file) // of a FIFO it waits for a writer
		if err != nil {
			return nil, k.fileError(file, err)
		}
		defer func() { _ = f.Close() }()
		if info, err := f.Stat(); err == nil && info.IsDir() {
			return nil, k.fileError(file, syscall.EISDIR)
		}
		return k.readAll(fmt.Sprintf("file %q", file), f)
	})
}

func (k kind) fileError(file string, err error) error {
	switch {
	case file == "":
		return client.UserErrorf("the file name is empty; give %s, or - for standard input", k.wanted)
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.ENAMETOOLONG), strings.ContainsRune(file, 0):
		return client.UserErrorf("there is no file %q", file)
	case errors.Is(err, fs.ErrPermission):
		return client.UserErrorf("you may not read the file %q", file)
	case errors.Is(err, syscall.EISDIR):
		return client.UserErrorf("%q is a directory; give %s", file, k.wanted)
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

// readAll reads no more than one byte beyond what a file of the kind may have.
func (k kind) readAll(what string, r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, int64(k.most)+1))
	switch {
	case err != nil:
		return nil, client.UserErrorf("read %s: %v", what, err)
	case len(data) > k.most:
		return nil, client.UserErrorf("%s is larger than the %d MiB that %s may have; %s", what, k.most>>20, k.wanted, k.larger)
	}
	return data, nil
}

package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// readFile reads what an earlier step has left. maker says where the file comes from, so that the message for a
// missing one can say what to run.
func readFile[T any](path, maker string, read func(io.Reader) (T, error)) (T, error) {
	var none T
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return none, fmt.Errorf("input file %s does not exist; it comes from %s", path, maker)
	}
	if err != nil {
		return none, fmt.Errorf("input file cannot be read: %w", err)
	}
	defer file.Close()
	content, err := read(file)
	if err != nil {
		return none, fmt.Errorf("input file %s is not as %s leaves it: %w", path, maker, err)
	}
	return content, nil
}

// writeFile makes the folder, writes to a file beside the target and renames it: a step that is killed half-way
// leaves nothing that a later one would take for whole.
func writeFile(path string, write func(io.Writer) error) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("folder of output file %s cannot be made: %w", path, err)
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".part-*")
	if err != nil {
		return fmt.Errorf("output file %s cannot be made: %w", path, err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(file.Name())
		}
	}()
	if err := errors.Join(write(file), file.Chmod(0o644), file.Close()); err != nil {
		return fmt.Errorf("output file %s cannot be written: %w", path, err)
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return fmt.Errorf("output file %s cannot be put in place: %w", path, err)
	}
	return nil
}

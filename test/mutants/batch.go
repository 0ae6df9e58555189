package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
)

// batch is a package whose tests are to notice bugs, and a binary of these tests that has most of the bugs, asleep: compiling and
// linking cost more than most tests do.
type batch struct {
	pkg    string // such as ./internal/run
	binary string
	aboard map[string]bool // names of the bugs that the binary has
}

// build makes the binary of a package's tests. Where the bugs together do not compile, it has none, and each is tried by itself.
func build(ctx context.Context, dir, pkg string, bugs []bug, stderr io.Writer) (batch, error) {
	b := batch{pkg: pkg, binary: filepath.Join(dir, "tests"), aboard: map[string]bool{}}
	g := newGrafts()
	for _, one := range bugs {
		source, err := os.ReadFile(one.file)
		if err == nil && g.add(one, string(source)) { // else try says what is wrong
			b.aboard[one.name] = true
		}
	}
	err := b.compile(ctx, dir, g.sources())
	if err != nil && len(b.aboard) > 0 {
		fmt.Fprintf(stderr, "the bugs of %s do not compile together, and are tried one by one: %v\n", pkg, err)
		b.aboard = nil
		err = b.compile(ctx, dir, nil)
	}
	return b, err
}

func (b *batch) compile(ctx context.Context, dir string, sources map[string]string) error {
	overlay, err := writeOverlay(dir, sources)
	if err != nil {
		return err
	}
	out, err := exec.CommandContext(ctx, "go", "test", "-c", "-vet=off", "-overlay="+overlay, "-o", b.binary, b.pkg).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, firstLine(string(out), ".go:"))
	}
	return nil
}

// run runs the tests with one bug at work; the empty name is none.
func (b *batch) run(ctx context.Context, bug string) verdict {
	cmd := exec.CommandContext(ctx, b.binary, "-test.paniconexit0", "-test.failfast", "-test.timeout="+patience.String())
	cmd.Dir = path.Clean(b.pkg)
	cmd.Env = append(os.Environ(), plantedVariable+"="+bug)
	return judge(ctx, cmd)
}

// try plants a bug of the package.
func (b *batch) try(ctx context.Context, one bug) verdict {
	if b.aboard[one.name] {
		return b.run(ctx, one.name)
	}
	return tryAlone(ctx, one)
}

// buildAll makes a batch for each package that has to notice bugs, and makes sure that its tests pass as long as all bugs are
// asleep: otherwise every kill would mean nothing.
func buildAll(ctx context.Context, dir string, bugs []bug, stderr io.Writer) (map[string]*batch, error) {
	of := map[string][]bug{}
	for _, b := range bugs {
		of[b.pkg()] = append(of[b.pkg()], b)
	}
	batches := map[string]*batch{}
	for pkg, bugs := range of {
		own, err := os.MkdirTemp(dir, "batch-")
		if err != nil {
			return nil, err
		}
		b, err := build(ctx, own, pkg, bugs, stderr)
		if err != nil {
			return nil, fmt.Errorf("the tests of %s do not compile without any bug: %w", pkg, err)
		}
		if v := b.run(ctx, ""); v.outcome != survived {
			return nil, fmt.Errorf("the tests of %s fail without any bug:\n%s", pkg, v.by)
		}
		batches[pkg] = &b
	}
	return batches, nil
}

// alone are the names of the bugs that no batch has.
func alone(bugs []bug, batches map[string]*batch) []string {
	var names []string
	for _, b := range bugs {
		if !batches[b.pkg()].aboard[b.name] {
			names = append(names, b.name)
		}
	}
	slices.Sort(names)
	return names
}

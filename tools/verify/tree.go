package main

import (
	"bytes"
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// tree is the repository's files by name.
type tree map[string]string

// problem is something that is wrong at a place, with what to do.
type problem struct {
	file string
	line int // 0 is the whole file
	say  string
}

func (p problem) String() string {
	if p.line == 0 {
		return fmt.Sprintf("%s: %s", p.file, p.say)
	}
	return fmt.Sprintf("%s:%d: %s", p.file, p.line, p.say)
}

// readTree reads the files that git tracks or would track. A file that is deleted and not yet staged is left out.
func readTree(ctx context.Context, root string) (tree, error) {
	command := exec.CommandContext(ctx, "git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	var failure bytes.Buffer
	command.Stderr = &failure
	list, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("list the repository's files: %w: %s", err, strings.TrimSpace(failure.String()))
	}
	t := tree{}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(list), "\x00"), "\x00") {
		text, err := os.ReadFile(filepath.Join(root, name))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		t[name] = string(text)
	}
	return t, nil
}

// names returns the names of files that end in one of the suffixes, in order.
func (t tree) names(suffixes ...string) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(t)) {
		if slices.ContainsFunc(suffixes, func(s string) bool { return strings.HasSuffix(name, s) }) {
			out = append(out, name)
		}
	}
	return out
}

// source returns the names of Go files that are not input of tests, in order.
func (t tree) source() []string {
	return slices.DeleteFunc(t.names(".go"), func(name string) bool { return strings.Contains("/"+name, "/testdata/") })
}

// packages returns the folders with Go files that are not tests, in order.
func (t tree) packages() []string {
	folders := map[string]bool{}
	for _, name := range t.source() {
		if !isTest(name) {
			folders[path.Dir(name)] = true
		}
	}
	return slices.Sorted(maps.Keys(folders))
}

func isTest(name string) bool { return strings.HasSuffix(name, "_test.go") }

// parsed is a Go file.
type parsed struct {
	name string
	fset *token.FileSet
	*ast.File
}

// parse parses a Go file; what does not parse is the compiler's to report.
func (t tree) parse(name string) (parsed, bool) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, t[name], parser.ParseComments|parser.SkipObjectResolution)
	return parsed{name, fset, file}, err == nil
}

func (p parsed) problem(at token.Pos, format string, args ...any) problem {
	return problem{p.name, p.fset.Position(at).Line, fmt.Sprintf(format, args...)}
}

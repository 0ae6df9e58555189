package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stepherd/stepherd/internal/podspec"
)

// readByLauncher are all the variables of its own that the launcher reads: none today. One that is added must not be set
// in step Pods, where a step may run the launcher: it would take the run it is in for an order.
var readByLauncher []string

// TestLauncherReadsNoVariableOfStepPods looks for the names in the sources of everything that the launcher is built from.
func TestLauncherReadsNoVariableOfStepPods(t *testing.T) {
	given := []string{podspec.EnvRun, podspec.EnvRunUID, podspec.EnvPipeline, podspec.EnvStep, podspec.EnvAttempt}
	for _, name := range readByLauncher {
		if slices.Contains(given, name) {
			t.Errorf("the launcher reads %s, which is set in every step Pod", name)
		}
	}
	for file, names := range variablesNamedIn(t, ".") {
		if filepath.Base(filepath.Dir(file)) == "podspec" { // it writes them into Pods and reads none
			continue
		}
		for _, name := range names {
			if !slices.Contains(readByLauncher, name) {
				t.Errorf("%s names %s: if the launcher reads it, add it to readByLauncher", file, name)
			}
		}
	}
}

// variablesNamedIn returns, by file, what begins with STEPHERD_ in the sources of a package and of all that it imports
// from this module.
func variablesNamedIn(t *testing.T, pkg string) map[string][]string {
	t.Helper()
	const each = `{{if and .Module .Module.Main}}{{$dir := .Dir}}{{range .GoFiles}}{{$dir}}/{{.}}{{"\n"}}{{end}}{{end}}`
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", each, pkg).Output()
	if err != nil {
		t.Fatal(err)
	}
	files := strings.Fields(string(out))
	if len(files) < 50 {
		t.Fatalf("found %d files, want all of the launcher's", len(files))
	}
	named := map[string][]string{}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if text, err := strconv.Unquote(lit.Value); err == nil && strings.HasPrefix(text, "STEPHERD_") {
					named[file] = append(named[file], text)
				}
			}
			return true
		})
	}
	if len(named) == 0 {
		t.Fatal("found no name at all, want at least those of podspec")
	}
	return named
}

package main

import (
	"context"
	"fmt"
	"go/ast"
	"maps"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// tidy holds each module's go.mod and go.sum to what `go mod tidy` makes.
func tidy(ctx context.Context, root string, t tree) []problem {
	var out []problem
	for _, module := range t.modules() {
		command := exec.CommandContext(ctx, "go", "mod", "tidy", "-diff")
		command.Dir = filepath.Join(root, module)
		if said, err := command.CombinedOutput(); err != nil {
			out = append(out, problem{path.Join(module, "go.mod"), 0, fmt.Sprintf("not tidy: run go mod tidy in %s\n%s", module, said)})
		}
	}
	return out
}

// goldens runs the tests that hold golden files and generated pages to what the code makes. None needs a cluster.
func goldens(ctx context.Context, root string, t tree) []problem {
	tests := goldenTests(t)
	var out []problem
	for _, folder := range slices.Sorted(maps.Keys(tests)) {
		pattern := "^(" + strings.Join(tests[folder], "|") + ")$"
		command := exec.CommandContext(ctx, "go", "test", "-run", pattern, "./"+folder)
		command.Dir = root
		if said, err := command.CombinedOutput(); err != nil {
			out = append(out, problem{folder, 0, fmt.Sprintf("golden files are not current: run make golden, and say in the commit why each line changed\n%s", said)})
		}
	}
	return out
}

// updateFlag is the flag by which a test package rewrites its golden files.
var updateFlag = regexp.MustCompile(`flag\.Bool\("update"`)

// goldenTests returns, by folder, the tests that look at the flag -update, themselves or through functions of their package.
func goldenTests(t tree) map[string][]string {
	files := map[string][]parsed{}
	flagged := map[string]bool{}
	for _, name := range t.source() {
		if !isTest(name) {
			continue
		}
		if p, ok := t.parse(name); ok {
			files[path.Dir(name)] = append(files[path.Dir(name)], p)
			flagged[path.Dir(name)] = flagged[path.Dir(name)] || updateFlag.MatchString(t[name])
		}
	}
	out := map[string][]string{}
	for folder := range flagged {
		if flagged[folder] {
			out[folder] = reaching(files[folder], "update")
		}
	}
	return out
}

// reaching returns the tests of a package that use a name, themselves or through functions that they name.
func reaching(files []parsed, name string) []string {
	uses := map[string]map[string]bool{}
	for _, p := range files {
		for _, d := range p.Decls {
			if f, is := d.(*ast.FuncDecl); is {
				names := map[string]bool{}
				ast.Inspect(f, func(n ast.Node) bool {
					if id, is := n.(*ast.Ident); is {
						names[id.Name] = true
					}
					return true
				})
				uses[f.Name.Name] = names
			}
		}
	}
	reached := map[string]bool{name: true}
	for grew := true; grew; {
		grew = false
		for f, names := range uses {
			for n := range names {
				if reached[n] && !reached[f] {
					reached[f], grew = true, true
				}
			}
		}
	}
	var out []string
	for f := range uses {
		if reached[f] && strings.HasPrefix(f, "Test") {
			out = append(out, f)
		}
	}
	slices.Sort(out)
	return out
}

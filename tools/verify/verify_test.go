package main

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// row is a tree with what a check says of it: a part of its one problem; empty for none.
type row struct {
	name  string
	files tree
	want  string
}

func try(t *testing.T, check func(tree) []problem, rows []row) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			found := check(r.files)
			if r.want == "" && len(found) > 0 || r.want != "" && (len(found) != 1 || !strings.Contains(found[0].String(), r.want)) {
				t.Errorf("got %v, want %q", found, r.want)
			}
		})
	}
}

func TestDocumented(t *testing.T) {
	const doc = "// Package p is one.\n"
	try(t, documented, []row{
		{"a doc comment in one file of two", tree{"p/a.go": doc + "package p\n", "p/b.go": "package p\n"}, ""},
		{"no doc comment", tree{"p/a.go": "package p\n", "p/b.go": "package p\n"}, "p/a.go:1: package p has no doc comment"},
		{"a program without", tree{"p/main.go": "package main\n"}, "p/main.go:1: package p has no doc comment"},
		{"one in a test only", tree{"p/a.go": "package p\n", "p/a_test.go": doc + "package p\n"}, "package p has no doc comment"},
		{"tests alone", tree{"p/a_test.go": "package p\n\nfunc Help() {}\n"}, ""},
		{"a function", tree{"p/a.go": doc + "package p\n\nfunc F() {}\n"}, "p/a.go:4: function F has no doc comment"},
		{"a type", tree{"p/a.go": doc + "package p\n\ntype T int\n"}, "p/a.go:4: type T has no doc comment"},
		{"a constant", tree{"p/a.go": doc + "package p\n\nconst C = 1\n"}, "p/a.go:4: const C has no doc comment"},
		{"a variable", tree{"p/a.go": doc + "package p\n\nvar V = 1\n"}, "p/a.go:4: var V has no doc comment"},
		{"a group of constants", tree{"p/a.go": doc + "package p\n\n// The constants.\nconst (\n\tA = 1\n\tB = 2\n)\n"}, ""},
		{"a comment behind", tree{"p/a.go": doc + "package p\n\nconst (\n\tA = 1 // one\n)\n"}, ""},
		{"a method of an exported type", tree{"p/a.go": doc + "package p\n\n// T is one.\ntype T[X any] struct{}\n\nfunc (t *T[X]) M() {}\n"}, "p/a.go:7: function M has no doc comment"},
		{"a method of a type that is not", tree{"p/a.go": doc + "package p\n\ntype t struct{}\n\nfunc (t *t) M() {}\n"}, ""},
		{"a method that speaks for itself", tree{"p/a.go": doc + "package p\n\n// T is one.\ntype T struct{}\n\nfunc (t T) String() string { return \"\" }\n"}, ""},
		{"input of tests", tree{"p/a.go": doc + "package p\n", "p/testdata/x.go": "package x\n"}, ""},
	})
}

func TestDependencies(t *testing.T) {
	const mod = "module m\n\ngo 1.26\n\nrequire (\n\tex.org/a v1.0.0\n\tex.org/b v1.0.0 // indirect\n)\n"
	const table = "| module | why |\n|---|---|\n"
	try(t, dependencies, []row{
		{"a row", tree{"go.mod": mod, contributing: table + "| ex.org/a | it is good |\n"}, ""},
		{"two in a row", tree{"go.mod": mod, "x/go.mod": "require ex.org/c/v2 v2.0.0\n", contributing: table + "| ex.org/a, ex.org/c/v2 | good |\n"}, ""},
		{"no row", tree{"go.mod": mod, contributing: table}, "go.mod:6: ex.org/a has no row in CONTRIBUTING.md"},
		{"another module's", tree{"x/go.mod": "require ex.org/c v1.0.0\n", contributing: table}, "x/go.mod:1: ex.org/c has no row"},
		{"named in the reason of another", tree{"go.mod": mod, "x/go.mod": "require ex.org/c v1.0.0\n", contributing: table + "| ex.org/c | not ex.org/a |\n"}, "ex.org/a has no row"},
		{"a longer path", tree{"go.mod": mod, "x/go.mod": "require ex.org/a/v2 v2.0.0\n", contributing: table + "| ex.org/a/v2 | good |\n"}, "go.mod:6: ex.org/a has no row"},
		{"a row too many", tree{"go.mod": mod, contributing: table + "| ex.org/a | good |\n| ex.org/b | old |\n"}, "CONTRIBUTING.md:4: ex.org/b is no direct dependency"},
	})
}

// linter is a configuration with two rules.
func linter(files, allow string) string {
	return "linters:\n  settings:\n    depguard:\n      rules:\n        # Pure.\n        run:\n          files: [\"" + files + "\", \"!$test\"]\n          list-mode: strict\n          allow:\n            - $gostd\n            - " + allow + "\n" +
		"        no-cmd:\n          files: [\"**/internal/**\", \"!**/internal/run/**\"]\n          deny:\n            - {pkg: " + modulePath + "/cmd, desc: no}\n"
}

func TestArrows(t *testing.T) {
	const row1 = "| `internal/run` | standard library, `api` | anything else | Pure. |\n"
	const row2 = "| `internal` but not `internal/run` | anything else | `cmd` |  |\n"
	page := func(rows string) string {
		return "# A\n" + arrowsBegin + "\n| package | may import | never imports | note |\n|---|---|---|---|\n" + rows + "\n" + arrowsEnd + "# B\n"
	}
	// The rule rest names cmd as a whole and so is none for a package of its own: it is narrowed below.
	base := tree{
		linterFile: linter("**/internal/run/**", modulePath+"/internal/api") +
			"        rest:\n          files: [\"**/internal/api/**\", \"**/cmd/x/**\", \"**/cmd/**\"]\n          deny: [{pkg: x.org, desc: no}]\n",
		architecture:        page("| `internal/api`, `cmd/x`, `cmd` | anything else | `x.org` |  |\n" + row1 + row2),
		"internal/run/a.go": "package run\n", "internal/run/deep/a.go": "package deep\n",
		"internal/api/a.go": "package api\n", "cmd/x/a.go": "package main\n",
	}
	change := func(name, text string) tree {
		out := maps.Clone(base)
		out[name] = text
		return out
	}
	for _, want := range []string{"no rule of depguard says what cmd/x may import", "no rule of depguard says what internal/api may import"} {
		if found := arrows(base); len(found) != 2 || !slices.ContainsFunc(found, func(p problem) bool { return strings.Contains(p.say, want) }) {
			t.Errorf("got %v, want %q", found, want)
		}
	}
	base[linterFile] = strings.Replace(base[linterFile], ", \"**/cmd/**\"", "", 1)
	base[architecture] = strings.Replace(base[architecture], ", `cmd` |", " |", 1)
	try(t, arrows, []row{
		{"all agrees", base, ""},
		{"a package without a rule", change("internal/new/a.go", "package new\n"), "no rule of depguard says what internal/new may import: add one"},
		{"another table", change(architecture, strings.Replace(base[architecture], "`x.org`", "`y.org`", 1)), "docs/ARCHITECTURE.md:2: the table of imports is not what .golangci.yml says: run make golden"},
		{"no table", change(architecture, "# A\n"), "there is no place for the table"},
		{"no rules", change(linterFile, "\t"), linterFile},
	})
	for name, r := range map[string]row{
		"a rule for a package that went":  {files: change(linterFile, strings.Replace(base[linterFile], "**/internal/api/**", "**/internal/api/**\", \"**/internal/old/**", 1)), want: ".golangci.yml:16: rule rest is about internal/old, where no package is"},
		"a rule that names one that went": {files: change(linterFile, strings.Replace(base[linterFile], "internal/api\n", "internal/api\n            - "+modulePath+"/internal/gone\n", 1)), want: ".golangci.yml:6: rule run names internal/gone, which is no package"},
	} {
		if found := arrows(r.files); len(found) != 2 || !strings.Contains(found[0].String(), r.want) || !strings.Contains(found[1].say, "run make golden") {
			t.Errorf("%s: got %v, want %q and a stale table", name, found, r.want)
		}
	}
}

// TestWriteArrows: what -write makes is what the check takes, and the rest of the page stays.
func TestWriteArrows(t *testing.T) {
	root := t.TempDir()
	files := tree{linterFile: linter("**/internal/run/**", "x.org"), architecture: "# A\n" + arrowsBegin + "old\n" + arrowsEnd + "# B\n"}
	write(t, filepath.Join(root, architecture), files[architecture])
	if err := writeArrows(root, files); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, architecture))
	if err != nil {
		t.Fatal(err)
	}
	rules, err := readRules(files[linterFile])
	if err != nil {
		t.Fatal(err)
	}
	if found := currentTable(string(text), rules); len(found) > 0 || !strings.HasPrefix(string(text), "# A\n") || !strings.HasSuffix(string(text), "# B\n") {
		t.Errorf("got %v\n%s", found, text)
	}
}

func TestReferences(t *testing.T) {
	comment := func(text string) tree {
		return tree{"internal/run/a.go": "package run\n\n// " + text + "\nvar x int\n", "docs/LOGS.md": "# The last line\n", "hack/x.sh": ""}
	}
	page := func(text string) tree {
		return tree{"docs/A.md": "# A\n\n" + text + "\n", "docs/LOGS.md": "# The last line, or \"none\"\n", "internal/run/a.go": "package run\n"}
	}
	try(t, references, []row{
		{"a file from the top", comment("See docs/LOGS.md."), ""},
		{"a file below internal", comment("See run/a.go."), ""},
		{"a file of its own folder", comment("See a.go, and hack/x.sh."), ""},
		{"a file that is not there", comment("See docs/GONE.md."), "internal/run/a.go:3: there is no file docs/GONE.md"},
		{"a name that is not there", comment("See gone.go."), "there is no file gone.go"},
		{"a page that is not there", comment("See GONE.md."), "there is no file GONE.md"},
		{"a file that left its package", comment("See internal/run/b.go."), "there is no file internal/run/b.go"},
		{"a file that left, below internal", comment("See run/b.go."), "there is no file run/b.go"},
		{"another project's", comment("As kubernetes/pkg/kubelet/kubelet.go, k8s.io/x/test/y.go, and https://x.org/docs/z.md do."), ""},
		{"a placeholder", comment("It writes <run>/x.md and $DIR/y.md."), ""},
		{"a folder", comment("See internal/run."), ""},
		{"a folder that is not there", comment("See internal/gone for it."), "there is no folder internal/gone"},
		{"a lost document", comment("It is so (DESIGN section 4)."), "internal/run/a.go:3: DESIGN is no document of the repository"},
		{"a lost document in a page", page("See DESIGN."), "docs/A.md:3: DESIGN is no document"},
		{"a lost document in a script", tree{"hack/x.sh": "echo DESIGN\n# see DESIGN\n"}, "hack/x.sh:2: DESIGN is no document"},
		{"a file in a page", page("See `internal/run/b.go`."), "docs/A.md:3: there is no file internal/run/b.go"},
		{"a link", page("[x](LOGS.md)"), ""},
		{"a link to a heading", page("[x](LOGS.md#the-last-line-or-none), [y](#a)"), ""},
		{"a link to no page", page("[x](../internal/gone/)"), "docs/A.md:3: the link to ../internal/gone/ leads nowhere"},
		{"a link to no heading", page("[x](LOGS.md#the-first-line)"), "docs/A.md:3: the link to LOGS.md#the-first-line leads to no heading of docs/LOGS.md"},
	})
}

func TestStageBudgets(t *testing.T) {
	const script = "$stage --reset\nrun unit make unit\n  nice \"$stage\" e2e make e2e &\n  [ -n \"$x\" ] || run down make down\necho 'run make test' # run other x\n"
	try(t, stages, []row{
		{"all", tree{testScript: script, budgetFile: "# seconds\nunit 1\ne2e 2\ndown 3\n"}, ""},
		{"none", tree{testScript: script, budgetFile: "unit 1\ndown 1\n"}, "hack/test.sh:3: stage e2e has no budget"},
		{"one too many", tree{testScript: script, budgetFile: "unit 1\ne2e 2\ndown 3\nold 4\n"}, "hack/budgets.txt:4: hack/test.sh runs no stage old"},
	})
}

func TestGoldenTests(t *testing.T) {
	got := goldenTests(tree{
		"p/a_test.go": "package p\nvar update = flag.Bool(\"update\", false, \"\")\nfunc TestA(t *T) { golden(t) }\nfunc TestB(t *T) {}\nfunc TestC(t *T) { if *update {} }\n",
		"p/b_test.go": "package p\nfunc golden(t *T) { compare(t) }\nfunc compare(t *T) { if *update {} }\n",
		"q/a_test.go": "package q\nfunc TestA(t *T) { update() }\n",
	})
	if len(got) != 1 || !slices.Equal(got["p"], []string{"TestA", "TestC"}) {
		t.Errorf("got %v", got)
	}
}

// TestGoldensAndTidy: the go command's verdicts become problems.
func TestGoldensAndTidy(t *testing.T) {
	root := t.TempDir()
	files := tree{
		"go.mod": "module m\n\ngo 1.26\n",
		"p/a.go": "package p\n",
		"p/a_test.go": "package p\n\nimport (\n\t\"flag\"\n\t\"testing\"\n)\n\nvar update = flag.Bool(\"update\", false, \"\")\n\n" +
			"func TestA(t *testing.T) {\n\tif !*update {\n\t\tt.Error(\"stale\")\n\t}\n}\n\nfunc TestB(t *testing.T) { t.Error(\"none of it\") }\n",
	}
	for name, text := range files {
		write(t, filepath.Join(root, name), text)
	}
	if found := tidy(t.Context(), root, files); len(found) > 0 {
		t.Errorf("tidy: %v", found)
	}
	found := goldens(t.Context(), root, files)
	if len(found) != 1 || found[0].file != "p" || !strings.Contains(found[0].say, "run make golden") || !strings.Contains(found[0].say, "stale") || strings.Contains(found[0].say, "none of it") {
		t.Errorf("goldens: %v", found)
	}
	files["go.mod"] = "module m\n\ngo 1.26\n\nrequire golang.org/x/sys v0.47.0\n"
	write(t, filepath.Join(root, "go.mod"), files["go.mod"])
	if found := tidy(t.Context(), root, files); len(found) != 1 || !strings.Contains(found[0].String(), "go.mod: not tidy: run go mod tidy in .") {
		t.Errorf("tidy: %v", found)
	}
}

// TestReadTree: files that git does not know yet count, those that it ignores do not, and one that is gone is left out.
func TestReadTree(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{".gitignore": "bin\n", "a.go": "a", "b.go": "b", "bin/c.go": "c", "d.go": "d"} {
		write(t, filepath.Join(root, name), text)
	}
	for _, args := range [][]string{{"init", "-q"}, {"add", "a.go", "b.go"}} {
		if said, err := exec.CommandContext(t.Context(), "git", append([]string{"-C", root}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v: %s", args, err, said)
		}
	}
	if err := os.Remove(filepath.Join(root, "b.go")); err != nil {
		t.Fatal(err)
	}
	files, err := readTree(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	if got := slices.Sorted(maps.Keys(files)); !slices.Equal(got, []string{".gitignore", "a.go", "d.go"}) || files["a.go"] != "a" {
		t.Errorf("got %v", files)
	}
	if _, err := readTree(t.Context(), t.TempDir()); err == nil || !strings.Contains(err.Error(), "list the repository's files") {
		t.Errorf("no repository: %v", err)
	}
}

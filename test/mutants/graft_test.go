package main

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const right = `package p

import "strings"

const limit = 3

func (s *set) add(name string, more ...int) (n int, err error) { return len(more), nil }

func plain(a, b int) {
	println(a, b)
}

func (set) nameless(int) string { return strings.ToUpper("a") }

func generic[T any](t T) T { return t }
`

func TestGraft(t *testing.T) {
	g := newGrafts()
	for _, tt := range []struct {
		name, old, new string
		want           bool
	}{
		{"of-a-method", "len(more), nil", "0, nil", true},
		{"of-a-whole-line", "func (s *set) add(name string, more ...int) (n int, err error) { return len(more), nil }",
			"func (s *set) add(name string, more ...int) (n int, err error) {\n\treturn 1, nil\n}", true},
		{"without-results", "println(a, b)", "println(b, a)", true},
		{"of-a-constant", "limit = 3", "limit = 4", false},
		{"of-a-head", "plain(a, b int)", "plain(b, a int)", false},
		{"of-two-functions", "println(a, b)\n}", "println(a)\n}\n\nfunc other() {}", false},
		{"parameter-without-name", `strings.ToUpper("a")`, `""`, false},
		{"generic", "{ return t }", "{ var t T; return t }", false},
		{"without-place", "nowhere", "x", false},
	} {
		if got := g.add(bug{name: tt.name, file: "q/p.go", old: tt.old, new: tt.new}, right); got != tt.want {
			t.Errorf("%s: got %t", tt.name, got)
		}
	}
	all := g.sources()
	if want := "package p\n\nimport \"os\"\n\nvar plantedBug = os.Getenv(\"PLANTED_BUG\")\n"; all["q/planted_bug.go"] != want || len(all) != 2 {
		t.Errorf("got %q", all)
	}
	for _, want := range []string{
		`(n int, err error) { if plantedBug == "of-a-method" { return s.addPlanted0(name, more...) };  if plantedBug == "of-a-whole-line" { return s.addPlanted1(name, more...) };  return len(more), nil }`,
		"func (s *set) addPlanted0(name string, more ...int) (n int, err error) { return 0, nil }\n",
		"func (s *set) addPlanted1(name string, more ...int) (n int, err error) {\n\treturn 1, nil\n}\n",
		"func plain(a, b int) { if plantedBug == \"without-results\" { plainPlanted2(a, b); return }; \n\tprintln(a, b)\n}\n",
		"func plainPlanted2(a, b int) {\n\tprintln(b, a)\n}\n",
	} {
		if !strings.Contains(all["q/p.go"], want) {
			t.Errorf("no\n%s\nin\n%s", want, all["q/p.go"])
		}
	}
	if _, err := parser.ParseFile(token.NewFileSet(), "p.go", all["q/p.go"], 0); err != nil {
		t.Error(err)
	}
}

// TestBatch: a binary is green as long as its bugs are asleep, each bug is noticed, and one that nobody notices survives.
func TestBatch(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"go.mod":      "module example.com/m\n\ngo 1.26\n",
		"p/p.go":      "package p\n\nconst one = 1\n\nfunc sum(a, b int) int { return a + b }\n\nfunc unused(a int) int { return a }\n",
		"p/p_test.go": "package p\n\nimport \"testing\"\n\nfunc TestSum(t *testing.T) {\n\tif sum(one, 2) != 3 {\n\t\tt.Fail()\n\t}\n}\n",
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	bugs := []bug{
		{name: "noticed", file: "p/p.go", old: "a + b", new: "a - b"},
		{name: "unnoticed", file: "p/p.go", old: "{ return a }", new: "{ return -a }"},
		{name: "by-itself", file: "p/p.go", old: "one = 1", new: "one = 2"},
		{name: "misfit", file: "p/p.go", old: "a * b", new: "a"},
	}
	var stdout, stderr strings.Builder
	bad, err := kill(t.Context(), bugs, 1, &stdout, &stderr)
	if err != nil || bad != 2 || stderr.Len() > 0 {
		t.Errorf("%d, %v, %s", bad, err, stderr.String())
	}
	for _, want := range []string{
		"noticed   | killed   | TestSum\n", "unnoticed | SURVIVED | \n", "by-itself | killed   | TestSum\n", "misfit    | UNFIT    | ",
		"2 were compiled by themselves: by-itself misfit\n",
	} {
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("no %q in\n%s", want, stdout.String())
		}
	}
	// Bugs that do not compile do not take the others along.
	bugs = append(bugs[:1:1], bug{name: "no-go", file: "p/p.go", old: "{ return a }", new: "{ return b }"})
	stdout.Reset()
	if bad, err = kill(t.Context(), bugs, 1, &stdout, &stderr); err != nil || bad != 1 || !strings.Contains(stderr.String(), "do not compile together") {
		t.Errorf("%d, %v, %s", bad, err, stderr.String())
	}
	if got := stdout.String(); !strings.Contains(got, "noticed | killed   | TestSum\n") || !strings.Contains(got, "no-go   | UNFIT    | does not compile") {
		t.Errorf("got\n%s", got)
	}
}

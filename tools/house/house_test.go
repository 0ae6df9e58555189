package main

import (
	"archive/tar"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// write makes a tree of files by their names.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// methods is Go source of a type with n methods.
func methods(name string, n int) string {
	var out strings.Builder
	fmt.Fprintf(&out, "type %s[T any] struct{}\n", name)
	for i := range n {
		fmt.Fprintf(&out, "func (%s *%s[T]) m%d() {}\n", strings.ToLower(name), name, i)
	}
	return out.String()
}

func TestMeasure(t *testing.T) {
	root := write(t, map[string]string{
		"a/a.go": "package a\n\nimport b \"github.com/stepherd/stepherd/b\"\nimport \"io\"\n\n" +
			"type One interface{ M() }\n" +
			"type Three interface{ One; b.Two; N() }\n" + // 1 + 2 + 1
			"type Foreign interface{ io.Closer; N() }\n" +
			"type Loop interface{ Loop }\n" +
			"type Constraint interface{ ~int | ~string }\n",
		"b/b.go":              "package b\n\ntype Two interface{ A(); B() }\n\n" + methods("R", 3) + "func long() {\n" + strings.Repeat("\t_ = 1\n", 41) + "}\nfunc short() {\n" + strings.Repeat("\t_ = 1\n", 40) + "}\n",
		"b/b_test.go":         "package b\n\n" + methods("T", 50),
		"b/testdata/x/bad.go": "no Go",
		".git/x.go":           "no Go",
	})
	h, err := measure(root)
	if err != nil {
		t.Fatal(err)
	}
	if got := h.folders(); !slices.Equal(got, []string{"a", "b"}) {
		t.Fatalf("packages %v", got)
	}
	for name, want := range map[string]int{"One": 1, "Three": 4, "Foreign": 2, "Loop": 0} {
		if got := h["a"].ports[name]; got == nil || got.size != want {
			t.Errorf("%s is %+v, want %d methods", name, got, want)
		}
	}
	if h["a"].ports["Constraint"] != nil {
		t.Error("a constraint is taken for a port")
	}
	if got := h["b"].receivers["R"]; got.size != 3 || got.at != "b/b.go:6" {
		t.Errorf("receiver %+v", got)
	}
	if got := h["b"].longFuncs; len(got) != 1 || got[0].name != "long" || got[0].size != 41 {
		t.Errorf("long functions %+v", got)
	}
	if median, most := h["b"].lines(); len(h["b"].files) != 1 || median != 93 || most != 93 {
		t.Errorf("%d files, lines %d and %d", len(h["b"].files), median, most)
	}
}

func TestLimits(t *testing.T) {
	port := func(n int) string {
		return "type P interface{\n" + strings.Repeat("\tm()\n", n) + "}\n"
	}
	many := func(folder string, n int) map[string]string {
		out := map[string]string{}
		for i := range n {
			out[fmt.Sprintf("%s/%d.go", folder, i)] = "package p\n"
		}
		return out
	}
	for _, row := range []struct {
		name  string
		files map[string]string
		want  string // a part of the one sentence; empty for none
	}{
		{"20 files", many("p", 20), ""},
		{"21 files", many("p", 21), "p: 21 files are more than 20"},
		{"a package that may be large", many("internal/run", 21), ""},
		{"6 methods in a port", map[string]string{"p/p.go": "package p\n" + port(6)}, ""},
		{"7 methods in a port", map[string]string{"p/p.go": "package p\n" + port(7)}, "p/p.go:2: interface P has 7 methods, more than 6"},
		{"35 methods", map[string]string{"p/p.go": "package p\n" + methods("R", 35)}, ""},
		{"36 methods", map[string]string{"p/p.go": "package p\n" + methods("R", 36)}, "p/p.go:3: R has 36 methods, more than 35"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var out bytes.Buffer
			err := run(t.Context(), []string{"-root", write(t, row.files)}, &out)
			if row.want == "" && err != nil || row.want != "" && (err == nil || !strings.Contains(out.String(), row.want)) {
				t.Errorf("got %v\n%s", err, &out)
			}
		})
	}
}

// TestSideBySide: the figures of a commit stand beside the tree's, and only the tree is held to the limits.
func TestSideBySide(t *testing.T) {
	root := write(t, map[string]string{
		"p/p.go": "package p\n\n" + methods("R", 36), "old/o.go": "package old\n", "same/s.go": "package same\n",
	})
	git := func(args ...string) {
		t.Helper()
		command := exec.CommandContext(t.Context(), "git", append([]string{"-C", root, "-c", "user.name=t", "-c", "user.email=t@t"}, args...)...)
		if said, err := command.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v: %s", args, err, said)
		}
	}
	git("init", "-q")
	git("add", ".")
	git("commit", "-qm", "before")
	if err := os.RemoveAll(filepath.Join(root, "old")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "p/p.go"), []byte("package p\n\n"+methods("R", 2)), 0o644); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := run(t.Context(), []string{"-root", root, "-ref", "HEAD", "-hints"}, &out); err != nil {
		t.Fatal(err)
	}
	text := strings.Join(strings.Fields(out.String()), " ")
	for _, want := range []string{
		"p 1 39 -> 5 39 -> 5 0 R 36 -> R 2 -", "old 1 -> - 1 -> - 1 -> - 0 -> - - -", "same 1 1 1 0 - -", "all 3 -> 2",
		"hint: p/p.go has 5 lines",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, &out)
		}
	}
	if err := run(t.Context(), []string{"-root", root, "-ref", "nothing"}, &out); err == nil || !strings.Contains(err.Error(), "read commit nothing") {
		t.Errorf("an unknown commit: %v", err)
	}
}

func TestMeasureTar(t *testing.T) {
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	for name, text := range map[string]string{"a/a.go": "package a\n", "a/a_test.go": "package a\n", "README.md": "x"} {
		if err := w.WriteHeader(&tar.Header{Name: name, Size: int64(len(text)), Mode: 0o644}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	h, err := measureTar(tar.NewReader(&archive))
	if err != nil || len(h) != 1 || len(h["a"].files) != 1 {
		t.Errorf("got %v, %v", h, err)
	}
}

package main

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	text := "one\nIt is wrong.\nfile a/b.go\n<<<\nx\ny\n===\nz\n>>>\n\n\ntwo\nIt lacks.\nfile c.go a/b\n<<<\nx\n===\n>>>\n"
	bugs, err := parse(text)
	want := []bug{{"one", "It is wrong.", "a/b.go", "", "x\ny", "z"}, {"two", "It lacks.", "c.go", "a/b", "x", ""}}
	if err != nil || len(bugs) != 2 || bugs[0] != want[0] || bugs[1] != want[1] {
		t.Errorf("got %q, %v", bugs, err)
	}
	for name, text := range map[string]string{
		"no file":   "one\nIt is wrong.\n<<<\nx\n===\ny\n>>>\n",
		"no end":    "one\nIt is wrong.\nfile a.go\n<<<\nx\n===\ny\n",
		"no old":    "one\nIt is wrong.\nfile a.go\n===\ny\n>>>\n",
		"empty old": "one\nIt is wrong.\nfile a.go\n<<<\n===\ny\n>>>\n",
	} {
		if bugs, err := parse(text); err == nil {
			t.Errorf("%s: got %q", name, bugs)
		}
	}
}

func TestApply(t *testing.T) {
	b := bug{old: "a", new: "b"}
	if got, err := b.apply("xax"); err != nil || got != "xbx" {
		t.Errorf("got %q, %v", got, err)
	}
	for _, source := range []string{"x", "aa"} {
		if got, err := b.apply(source); err == nil {
			t.Errorf("%q gave %q", source, got)
		}
	}
}

func TestKiller(t *testing.T) {
	out := "--- FAIL: TestA (0.00s)\n    --- FAIL: TestA/b (0.00s)\n        x.go:1: no\n--- FAIL: TestC (0.00s)\nFAIL\n"
	if got := killer(out); got != "TestA/b" {
		t.Errorf("got %q", got)
	}
	if got := killer("panic: test timed out after 1s\nmore\n"); got != "panic: test timed out after 1s" {
		t.Errorf("got %q", got)
	}
}

// Each bug has a sentence, and none is there twice.
func TestBugs(t *testing.T) {
	bugs, err := load(".")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, b := range bugs {
		if names[b.name] || strings.Contains(b.name, " ") || !strings.HasSuffix(b.sentence, ".") || b.old == b.new {
			t.Errorf("what is %+v?", b)
		}
		names[b.name] = true
	}
	if len(bugs) < 15 {
		t.Errorf("got %d bugs", len(bugs))
	}
}

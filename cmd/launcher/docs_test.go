package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var consoleBlock = regexp.MustCompile("(?ms)^```console\n(.*?)^```")

// TestDocsShowNoCommandTwice: a command that stands twice in one block of a page is a slip of the pen.
func TestDocsShowNoCommandTwice(t *testing.T) {
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := 0
	for _, page := range append(pages, "../../README.md", "../../CONTRIBUTING.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range consoleBlock.FindAllStringSubmatch(string(text), -1) {
			blocks++
			lines := strings.Split(strings.TrimSpace(block[1]), "\n")
			for i, line := range lines {
				if strings.HasPrefix(line, "$ ") && slices.Contains(lines[:i], line) {
					t.Errorf("%s shows %q twice in one block", page, line)
				}
			}
		}
	}
	if blocks == 0 {
		t.Error("no page shows a command")
	}
}

package pipelinefile

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stepherd/stepherd/internal/api/yamltree"
)

// TestWarnings holds the whole text that a user is warned with.
func TestWarnings(t *testing.T) {
	for _, file := range files(t, "warnings/*.yaml") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			lines := warningsOf(t, filepath.Base(file), read(t, file))
			checkText(t, strings.TrimSuffix(file, filepath.Ext(file))+".txt", strings.Join(lines, "\n")+"\n")
		})
	}
}

// TestNoWarnings: what is usual is not warned about.
func TestNoWarnings(t *testing.T) {
	for _, file := range []string{"no-warnings.yaml"} {
		if got := warningsOf(t, file, read(t, filepath.Join("testdata", "valid", file))); len(got) > 0 {
			t.Errorf("%s: %q", file, got)
		}
	}
}

func TestManyWarnings(t *testing.T) {
	text := pipelineHead + "settings: {image: 'a:1'}\nsteps:\n"
	for i := range 30 {
		text += fmt.Sprintf("- {name: s%d, settings: {env: [{name: TOKEN, value: abcdef}]}}\n", i)
	}
	got := warningsOf(t, "p", []byte(text))
	if len(got) != yamltree.MaxWarnings+1 || got[yamltree.MaxWarnings] != "p: and 10 more warnings" {
		t.Errorf("%d: %q", len(got), got)
	}
}

func warningsOf(t testing.TB, file string, data []byte) []string {
	t.Helper()
	reading, err := Read(file, data, Options{})
	if err != nil {
		t.Fatalf("Read: %v", err)
	}
	return reading.Warnings
}

func TestProblemsAreCapped(t *testing.T) {
	text := pipelineHead + "steps:\n"
	for i := range 250 {
		text += fmt.Sprintf("- {name: s%d}\n", i)
	}
	_, err := Decode("f", []byte(text))
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != yamltree.MaxProblems+1 || lines[yamltree.MaxProblems] != "f: and 150 more problems" || !strings.HasPrefix(lines[0], "f:6:3: steps[0].settings.image: ") {
		t.Errorf("%d lines, %q ... %q", len(lines), lines[0], lines[len(lines)-1])
	}
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// verdict is what became of a bug.
type verdict struct {
	outcome outcome
	by      string // the test that killed it, or what went wrong
}

type outcome string

const (
	killed   outcome = "killed"
	survived outcome = "SURVIVED"
	unfit    outcome = "UNFIT" // does not apply, or does not compile: it proves nothing
)

// try plants one bug in an overlay and runs the tests.
func try(ctx context.Context, b bug) verdict {
	dir, err := os.MkdirTemp("", "mutant-")
	if err != nil {
		return verdict{unfit, err.Error()}
	}
	defer os.RemoveAll(dir)
	overlay, err := plantIn(dir, b)
	if err != nil {
		return verdict{unfit, err.Error()}
	}
	return test(ctx, b.pkg(), overlay)
}

// plantIn writes the changed file and the overlay that puts it in the place of the real one.
func plantIn(dir string, b bug) (string, error) {
	source, err := os.ReadFile(b.file)
	if err != nil {
		return "", err
	}
	changed, err := b.apply(string(source))
	if err != nil {
		return "", err
	}
	copied := filepath.Join(dir, filepath.Base(b.file))
	if err := os.WriteFile(copied, []byte(changed), 0o600); err != nil {
		return "", err
	}
	real, err := filepath.Abs(b.file)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(map[string]map[string]string{"Replace": {real: copied}})
	if err != nil {
		return "", err
	}
	overlay := filepath.Join(dir, "overlay.json")
	return overlay, os.WriteFile(overlay, text, 0o600)
}

// test runs a package's tests; no overlay means no bug.
func test(ctx context.Context, pkg, overlay string) verdict {
	cmd := exec.CommandContext(ctx, "go", "test", "-vet=off", "-count=1", "-failfast", "-timeout=90s", "-overlay="+overlay, pkg)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return verdict{survived, ""}
	case ctx.Err() != nil:
		return verdict{unfit, "interrupted"}
	case !errors.As(err, &exit):
		return verdict{unfit, err.Error()}
	case strings.Contains(string(out), "[build failed]") || strings.Contains(string(out), "[setup failed]"):
		return verdict{unfit, "does not compile: " + firstLine(string(out), ".go:")}
	}
	return verdict{killed, killer(string(out))}
}

// killer is the test that failed: the innermost of the first.
func killer(out string) string {
	name := ""
	for line := range strings.Lines(out) {
		if _, after, ok := strings.Cut(line, "--- FAIL: "); ok {
			this, _, _ := strings.Cut(after, " ")
			if name != "" && !strings.HasPrefix(this, name+"/") {
				break
			}
			name = this
		}
	}
	if name == "" {
		return firstLine(out, "panic:")
	}
	return name
}

func firstLine(out, with string) string {
	for line := range strings.Lines(out) {
		if strings.Contains(line, with) {
			return strings.TrimSpace(line)
		}
	}
	return strings.TrimSpace(out)
}

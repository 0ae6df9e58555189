package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// patience is how long the tests of one package may take.
const patience = 90 * time.Second

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

// tryAlone plants one bug in an overlay of its own and runs the tests.
func tryAlone(ctx context.Context, b bug) verdict {
	dir, err := os.MkdirTemp("", "mutant-")
	if err != nil {
		return verdict{unfit, err.Error()}
	}
	defer os.RemoveAll(dir)
	source, err := os.ReadFile(b.file)
	if err != nil {
		return verdict{unfit, err.Error()}
	}
	changed, err := b.apply(string(source))
	if err != nil {
		return verdict{unfit, err.Error()}
	}
	overlay, err := writeOverlay(dir, map[string]string{b.file: changed})
	if err != nil {
		return verdict{unfit, err.Error()}
	}
	return judge(ctx, exec.CommandContext(ctx, "go", "test", "-vet=off", "-count=1", "-failfast", "-timeout="+patience.String(), "-overlay="+overlay, b.pkg()))
}

// writeOverlay writes files, and the overlay that puts them in the places of the real ones, which are given from the root of the
// module.
func writeOverlay(dir string, sources map[string]string) (string, error) {
	replace := map[string]string{}
	for file, text := range sources {
		place := filepath.Join(dir, fmt.Sprintf("%d-%s", len(replace), filepath.Base(file)))
		if err := os.WriteFile(place, []byte(text), 0o600); err != nil {
			return "", err
		}
		real, err := filepath.Abs(file)
		if err != nil {
			return "", err
		}
		replace[real] = place
	}
	text, err := json.Marshal(map[string]map[string]string{"Replace": replace})
	if err != nil {
		return "", err
	}
	overlay := filepath.Join(dir, "overlay.json")
	return overlay, os.WriteFile(overlay, text, 0o600)
}

// judge runs tests.
func judge(ctx context.Context, cmd *exec.Cmd) verdict {
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

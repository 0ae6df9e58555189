package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestStages: the table of `make test` shows each stage beside its budget, and fails where one has failed, has no budget, or took more than
// twice of it with a warm build cache.
func TestStages(t *testing.T) {
	for _, row := range []struct {
		name  string
		rows  map[string]string // of files as hack/stage.sh writes them: name, seconds, result
		scale string
		cold  bool
		code  int
		want  []string // lines with single blanks
	}{
		{name: "within", rows: map[string]string{"00-unit": "unit\t300\tok"}, want: []string{"STAGE SECONDS BUDGET RESULT", "unit 300 150 ok"}},
		{name: "above twice", rows: map[string]string{"00-unit": "unit\t301\tok"}, code: 1,
			want: []string{"unit 301 150 TOO SLOW: more than twice its budget; STAGE_SCALE=2 if it is the machine"}},
		{name: "a slow machine", rows: map[string]string{"00-unit": "unit\t301\tok"}, scale: "1.5", want: []string{"unit 301 225 ok"}},
		{name: "a cold cache", rows: map[string]string{"00-unit": "unit\t301\tok"}, cold: true,
			want: []string{"unit 301 150 ok, though slow: the build cache was cold"}},
		{name: "failed", rows: map[string]string{"00-unit": "unit\t1\tFAILED (2), see x.log", "01-e2e": "e2e\t1\tok"}, code: 1,
			want: []string{"unit 1 150 FAILED (2), see x.log", "e2e 1 660 ok"}},
		{name: "no budget", rows: map[string]string{"00-new": "new\t1\tok"}, code: 1, want: []string{"new 1 NO BUDGET: add a row for new to BUDGETS"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := t.TempDir()
			budgets, warm := filepath.Join(dir, "budgets"), filepath.Join(dir, "warm")
			write(t, budgets, "# a remark\nunit 150\ne2e  660\n")
			write(t, filepath.Join(dir, "s/.start"), "1")
			for name, text := range row.rows {
				write(t, filepath.Join(dir, "s", name+".row"), text+"\n")
			}
			if !row.cold {
				write(t, warm, "")
			}
			command := exec.CommandContext(t.Context(), "../../hack/stage.sh", "--table")
			command.Env = append(os.Environ(), "STAGE_DIR="+filepath.Join(dir, "s"), "STAGE_BUDGETS="+budgets, "STAGE_WARM="+warm,
				"STAGE_SCALE="+row.scale) // empty is none, also where these tests run with a scale of their own
			said, _ := command.CombinedOutput()
			if command.ProcessState.ExitCode() != row.code {
				t.Errorf("exit code %d, want %d", command.ProcessState.ExitCode(), row.code)
			}
			text := strings.ReplaceAll(string(said), budgets, "BUDGETS")
			var lines []string
			for line := range strings.Lines(text) {
				lines = append(lines, strings.Join(strings.Fields(line), " "))
			}
			for _, want := range row.want {
				if !strings.Contains("\n"+strings.Join(lines, "\n")+"\n", "\n"+want+"\n") {
					t.Errorf("no line %q in\n%s", want, text)
				}
			}
		})
	}
}

// TestStageNotesItsTime: a stage's command runs, its result is in the table, and its exit code is the stage's.
func TestStageNotesItsTime(t *testing.T) {
	dir := t.TempDir()
	stage := func(args ...string) (string, int) {
		command := exec.CommandContext(t.Context(), "../../hack/stage.sh", args...)
		command.Env = append(os.Environ(), "STAGE_DIR="+filepath.Join(dir, "s"), "STAGE_WARM="+filepath.Join(dir, "warm"))
		said, _ := command.CombinedOutput()
		return string(said), command.ProcessState.ExitCode()
	}
	if said, code := stage("--reset"); code != 0 {
		t.Fatal(said)
	}
	if said, code := stage("vet", "sh", "-c", "echo hello"); code != 0 || !strings.Contains(said, "hello") {
		t.Errorf("exit code %d: %s", code, said)
	}
	if _, code := stage("unit", "sh", "-c", "exit 3"); code != 3 {
		t.Errorf("exit code %d, want the command's", code)
	}
	if said, code := stage("--table"); code != 1 || !strings.Contains(said, "FAILED (3)") || strings.Index(said, "vet") > strings.Index(said, "unit") {
		t.Errorf("exit code %d: %s", code, said)
	}
	if _, code := stage("--warm"); code != 0 {
		t.Error("--warm failed")
	}
	if _, err := os.Stat(filepath.Join(dir, "warm")); err != nil {
		t.Error(err)
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

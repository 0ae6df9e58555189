package main

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stepherd/stepherd/internal/api/pipelinefile"
)

// TestStepsSayWhatTheJudgeReads runs the programs of steps that give and take values in this machine's shell.
func TestStepsSayWhatTheJudgeReads(t *testing.T) {
	p, err := pipelinefile.Decode("soak", []byte(pipelineText(succeeds(), "all", "/p", rand.New(rand.NewPCG(1, 1)))))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		step, variable string
		says           []string // a kind of line and its word
		fails          bool
	}{
		"gives":             {"merge", "", []string{"start ", "end "}, false},
		"takes":             {"clean1", "GIVEN=" + riddle + " u7", []string{"start ", "given u7", "end "}, false},
		"takes what is not": {"left1", "GIVEN=nowhere u7", []string{"start ", "garbled nowhere u7"}, true},
		"takes nothing":     {"left1", "GIVEN=", []string{"start ", "garbled "}, true},
		"tells":             {"tidy", "OUTCOME=Cancelled", []string{"start ", "outcome Cancelled", "end "}, false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			step, _ := p.FindStep(c.step)
			text := strings.ReplaceAll(step.Script, proofMount+"/", dir+"/")
			cmd := exec.CommandContext(t.Context(), "sh", "-ec", regexp.MustCompile(`sleep \d+`).ReplaceAllString(text, "sleep 0"))
			cmd.Env = append(os.Environ(), "RUN=r", "STEP="+c.step, "ATTEMPT=1", "POD=p", "POD_UID=u1", "NODE=n", "STEPHERD_RESULTS="+filepath.Join(dir, "results"), c.variable)
			if out, err := cmd.CombinedOutput(); (err != nil) != c.fails {
				t.Errorf("the program ended with %v, and wrote %s", err, out)
			}
			proof, err := os.ReadFile(filepath.Join(dir, "r"))
			if err != nil {
				t.Fatal(err)
			}
			lines, err := parseProof(string(proof))
			if err != nil || len(lines) != len(c.says) {
				t.Fatalf("it says %s (%v)", proof, err)
			}
			for i, l := range lines {
				word := l.word
				if l.what == saidGarbled {
					word = decoded(word)
				}
				if got := l.what + " " + word; got != c.says[i] || l.step != c.step || l.uid != "u1" {
					t.Errorf("line %d is %q of step %s, want %q", i+1, got, l.step, c.says[i])
				}
			}
			if c.step != "merge" {
				return
			}
			if got, err := os.ReadFile(filepath.Join(dir, "results")); err != nil || string(got) != riddle+" u1" {
				t.Errorf("the result is %q (%v)", got, err)
			}
		})
	}
}

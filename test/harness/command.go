package harness

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stepherd/stepherd/test/rig"
)

// Patience bounds every single command and wait: far more than any of them needs on a loaded machine.
const Patience = 4 * time.Minute

// Outcome is what a command did.
type Outcome = rig.Outcome

// Command runs a program with env added to the environment and a text on stdin. It fails the test if the program does not end
// within Patience.
func Command(t *testing.T, env []string, stdin, name string, args ...string) Outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	got, err := rig.Command(ctx, env, stdin, name, args...)
	switch {
	case ctx.Err() != nil:
		t.Fatalf("%s %s: did not end within %s\n%s%s", filepath.Base(name), strings.Join(args, " "), Patience, got.Stdout, got.Stderr)
	case err != nil:
		t.Fatal(err)
	}
	return got
}

// Kubectl runs kubectl as the administrator and returns its stdout; stdin may be empty. It fails the test if kubectl fails.
func Kubectl(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	got := Command(t, nil, stdin, Bin("localcluster"), append([]string{"kubectl", "--name", *ClusterName, "--"}, args...)...)
	if got.Code != 0 {
		t.Fatalf("kubectl %s: exit code %d\n%s%s", strings.Join(args, " "), got.Code, got.Stdout, got.Stderr)
	}
	return got.Stdout
}

// pollInterval is the least time between two questions.
const pollInterval = 300 * time.Millisecond

// Eventually polls a condition of the cluster that nothing announces. It fails the test when Patience ends. It leaves the cluster
// alone for as long as the last question took: tests that run side by side would otherwise keep the machine busy with their
// questions, each of which is a process or several.
func Eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(Patience)
	for {
		asked := time.Now()
		if holds() {
			return
		}
		select {
		case <-deadline:
			t.Fatalf("did not come to hold within %s: %s", Patience, what)
		case <-time.After(max(pollInterval, time.Since(asked))):
		}
	}
}

// MustContain fails the test for each part that text lacks.
func MustContain(t *testing.T, what, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%s does not contain %q:\n%s", what, part, text)
		}
	}
}

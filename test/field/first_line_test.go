//go:build e2e

package field

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stepherd/stepherd/test/harness"
)

// lineOf42 is the line, and no part of a stamp.
var lineOf42 = regexp.MustCompile(`\b42\b`)

// TestLateFirstLine runs a program that is silent for longer than a rotation takes: nothing of its log is called missing.
func TestLateFirstLine(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	ns.Follow(t, harness.Pipeline("late", harness.Busybox+"steps: [{name: a, command: [sh, -c, \"sleep 13; echo 42\"]}]\n"), 0)
	run := ns.OnlyRun(t)
	for _, args := range [][]string{{"logs", run, "a"}, {"logs", run, "a", "--grep", "4"}, {"logs", run}, {"logs", run, "a", "-o", "json"}, {"watch", run}} {
		got := ns.Launcher(t, args...)
		if strings.Contains(got.Stdout+got.Stderr, "missing") || len(lineOf42.FindAllString(got.Stdout, -1)) != 1 {
			t.Errorf("%v:\n%s%s", args, got.Stdout, got.Stderr)
		}
	}
	if text := ns.Logs(t, run, "a"); text != "42\n" {
		t.Errorf("logs RUN STEP prints %q on stdout", text)
	}
}

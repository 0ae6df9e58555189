package main

import (
	"strings"
	"testing"
)

// TestLogsSense: what cannot be understood, or makes no sense together, is told in a sentence before any cluster is asked.
func TestLogsSense(t *testing.T) {
	d := newDesk()
	for _, args := range []string{
		"logs r --attempt 0", "logs r --attempt two", "logs r --attempt 1 --all-attempts", "logs r --tail -1", "logs r --tail 0", "logs r --tail many",
		"logs r --since 0s", "logs r --since yesterday", "logs r --container=", "logs r --grep a(b", "logs r --grep a{2000}", "logs r -o xml", "logs r --color blue",
		"logs r -o json --timestamps", "logs r -o raw --timestamps", "logs r -o raw --color never", "logs r -o json --color always", "logs r -o raw -f",
		"logs", "logs r s t",
	} {
		if got := d.do(t, "", strings.Fields(args)...); got.code != exitUsage || got.stdout != "" {
			t.Errorf("%s: exit code %d, stdout %q", args, got.code, got.stdout)
		}
	}
	d.golden(t, "logs-sense")
}

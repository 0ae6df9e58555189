//go:build e2e

package field

import (
	"strings"
	"testing"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/test/harness"
)

// TestSideContainers: a side container that is cut off is told, and one that must succeed is waited for, or fails its step.
func TestSideContainers(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	for _, row := range []struct {
		name, settings, upload string
		code                   int
		reason                 v1alpha1.Reason
		message                string
	}{
		{"cut-off", `{grace: 2s}`, "sleep 100", 0, "", ""},
		{"waited-for", `{grace: 1m, mustSucceed: [upload]}`, "sleep 5; echo uploaded", 0, "", ""},
		{"fails", `{grace: 1m, mustSucceed: [upload]}`, "sleep 2; exit 5", 1, v1alpha1.ReasonError, "side container upload ended with exit code 5"},
		{"late", `{grace: 2s, mustSucceed: [upload]}`, "sleep 100", 1, v1alpha1.ReasonTimeout, "side container upload had not ended 2s"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			text := strings.NewReplacer("SETTINGS", row.settings, "UPLOAD", row.upload).Replace(input(t, "side-containers.yaml"))
			got := ns.Follow(t, text, row.code, "--name", row.name)
			r := ns.Get(t, row.name)
			a := harness.Step(t, r, "a")
			if a.Reason != row.reason || !strings.Contains(a.Message, row.message) {
				t.Errorf("step a: %s: %s", a.Reason, a.Message)
			}
			if row.name == "waited-for" {
				harness.MustContain(t, "stdout", got.Stdout, "a/upload | uploaded")
				if strings.Index(got.Stdout, "b | downstream") < strings.Index(got.Stdout, "a/upload | uploaded") {
					t.Errorf("step b did not wait:\n%s", got.Stdout)
				}
				if ends := a.Attempts[0].Containers; len(ends) > 0 {
					t.Errorf("told of a good end: %+v", ends)
				}
				return
			}
			if ends := a.Attempts[0].Containers; len(ends) != 1 || ends[0].Name != "upload" {
				t.Fatalf("told of %+v, want upload", ends)
			}
			if line := "! a: " + a.Attempts[0].Containers[0].Message + "\n"; strings.Count(got.Stderr, line) != 1 {
				t.Errorf("the follow does not say once %q:\n%s", line, got.Stderr)
			}
			harness.MustContain(t, "get", ns.Launcher(t, "get", row.name).Stdout, a.Attempts[0].Containers[0].Message)
		})
	}
}

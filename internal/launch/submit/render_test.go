package submit_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stepherd/stepherd/internal/launch/client"
	"github.com/stepherd/stepherd/internal/launch/launchtest"
	"github.com/stepherd/stepherd/internal/launch/submit"
)

// TestRenderNamesAllBadSteps: every step whose Pod cannot be made is named, and nothing is written.
func TestRenderNamesAllBadSteps(t *testing.T) {
	s := launchtest.Submission(t, "r")
	launchtest.Unmake(s.Pipeline, "a", "c")
	var out bytes.Buffer
	err := submit.Render(&out, s, "ml", "")
	if err == nil || client.ClassOf(err) != client.ClassUser || out.Len() > 0 {
		t.Fatalf("got %v, and %d bytes", err, out.Len())
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != 2 || !strings.HasPrefix(lines[0], "step a: podSettings do not merge") || !strings.HasPrefix(lines[1], "step c: podSettings do not merge") {
		t.Errorf("got\n%v", err)
	}
}

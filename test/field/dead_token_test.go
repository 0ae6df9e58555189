//go:build e2e

package field

import (
	"testing"

	"github.com/stepherd/stepherd/test/harness"
)

// TestTokenDiesWhileWaiting deletes the account behind a static token while a run is waited for: the wait ends by itself and
// tells what to do.
func TestTokenDiesWhileWaiting(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	user := ns.AsUser(t, "mortal", "")
	run := user.Submit(t, harness.Pipeline("long", harness.Busybox+"steps: [{name: a, command: [sleep, \"600\"]}]\n"))
	ended := make(chan harness.Outcome, 1)
	go func() { ended <- user.Launcher(t, "wait", run) }()
	harness.Eventually(t, "the step runs", func() bool { return string(harness.Step(t, ns.Get(t, run), "a").Phase) == "Running" })
	harness.Kubectl(t, "", "delete", "serviceaccount", "mortal", "-n", ns.Name)
	got := <-ended
	if got.Code != 3 {
		t.Errorf("wait: exit code %d, want 3\n%s", got.Code, got.Stderr)
	}
	harness.MustContain(t, "what wait says", got.Stderr, "does not take your credentials any more", run, "log in again")
}

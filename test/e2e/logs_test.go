//go:build e2e

package e2e

import (
	"encoding/json"
	"strings"
	"syscall"
	"testing"

	"github.com/stepherd/stepherd/test/harness"
)

// loggingSteps write what is hard to show: a container that goes before main and one beside it, a progress bar, a long line without
// an end, colors, many lines, and a second attempt that fails like the first.
const loggingSteps = harness.Busybox + `failurePolicy: ContinueOnFailure
steps:
  - name: shows
    command: [sh, -c, 'printf "\r10%%\r100%%\n"; printf "\033[31mred\033[0m\n"; i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo "count $i"; [ $((i % 150)) -ne 0 ] || sleep 0.3; done; head -c 40000 /dev/zero | tr "\0" x']
    settings:
      podSettings:
        initContainers: [{name: fetch, image: "docker.io/library/busybox:latest", imagePullPolicy: IfNotPresent, command: [sh, -c, "echo fetching; echo fetched"]}]
        containers: [{name: mesh, image: "docker.io/library/busybox:latest", imagePullPolicy: IfNotPresent, command: [sh, -c, "echo up; sleep 1; echo down"]}]
  - name: fails
    command: [sh, -c, 'i=0; while [ $i -lt 30 ]; do i=$((i+1)); echo "try $i"; done; exit 3']
    settings: {retry: {limit: 1, backoff: {duration: 1s}}}
`

// TestLogs shows a run's logs while it lives, through its Pods when it has ended, and out of the drivers' output when they are gone:
// each line once and in order, though its driver was killed, and all three the same.
func TestLogs(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t).AsUser(t, "reader", "create pods")
	run := ns.Submit(t, harness.Pipeline("logs", loggingSteps))
	harness.Eventually(t, "the count has come to 500", func() bool {
		return strings.Contains(ns.Launcher(t, "logs", run, "shows").Stdout, "count 500\n")
	})
	if err := syscall.Kill(driverPID(t, ns, run), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	live := ns.Launcher(t, "watch", run)
	if live.Code != 1 {
		t.Errorf("watch: exit code %d\n%s", live.Code, live.Stderr)
	}
	harness.MustContain(t, "stderr of watch", live.Stderr, "+ fails#2\n", "- fails#2 Failed: ", "; the end of its log:\n    try 11\n", "\n    try 30\nrun "+run+" Failed")
	harness.MustContain(t, "get", ns.Launcher(t, "get", run).Stdout, "the end of the log of fails:\n    try 11\n")
	after := ns.Launcher(t, "logs", run, "--all-attempts")
	raw := ns.Launcher(t, "logs", run, "shows", "-o", "raw")
	harness.MustContain(t, "raw", raw.Stdout, "\r10%\r100%\n")
	if !strings.HasSuffix(raw.Stdout, "\n"+strings.Repeat("x", 40000)) {
		t.Errorf("raw ends with %q, want the line of 40000 bytes that has no end", raw.Stdout[max(0, len(raw.Stdout)-100):])
	}

	harness.Kubectl(t, "", "delete", "pods", "-n", ns.Name, "-l", "app.kubernetes.io/component=step", "--grace-period=0")
	gone := ns.Launcher(t, "logs", run, "--all-attempts")
	harness.MustContain(t, "stderr", gone.Stderr, `note: step "shows" and 2 others: the Pod is gone; its lines are taken from the driver's log`)
	for view, got := range map[string]harness.Outcome{"watch": live, "logs": after, "logs without Pods": gone} {
		if n := numbered(t, only(got.Stdout, "shows | count "), "shows | ", "count"); n != 3000 {
			t.Errorf("%s: %d numbered lines, want 3000", view, n)
		}
		for _, prefix := range []string{"fails | ", "fails#2 | "} {
			if n := numbered(t, got.Stdout, prefix, "try"); n != 30 {
				t.Errorf("%s: %d lines of %q, want 30", view, n, prefix)
			}
		}
		for prefix, want := range map[string]string{ // lines of others may come between
			"shows/fetch | ": "shows/fetch | fetching\nshows/fetch | fetched\n", "shows/mesh | ": "shows/mesh | up\nshows/mesh | down\n",
			"shows | ": "shows | 100%\nshows | \x1b[31mred\x1b[0m\n",
		} {
			harness.MustContain(t, view, only(got.Stdout, prefix), want)
		}
	}
	for _, prefix := range []string{"shows | ", "shows/fetch | ", "shows/mesh | ", "fails | ", "fails#2 | "} {
		if only(after.Stdout, prefix) != only(gone.Stdout, prefix) {
			t.Errorf("logs shows other bytes of %q without the Pods", prefix)
		}
	}
	if len(after.Stdout) != len(gone.Stdout) {
		t.Errorf("logs shows %d bytes, and %d without the Pods", len(after.Stdout), len(gone.Stdout))
	}
	sameJSON(t, ns.Launcher(t, "logs", run, "fails", "--attempt", "1", "-o", "json"))
}

// only are the lines that begin with a prefix.
func only(text, prefix string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, prefix) {
			b.WriteString(line)
		}
	}
	return b.String()
}

// sameJSON holds each line to an object that says where it is from.
func sameJSON(t *testing.T, got harness.Outcome) {
	t.Helper()
	n := 0
	for line := range strings.Lines(got.Stdout) {
		var l struct {
			Time, Step, Container, Line string
			Attempt                     int
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil || l.Step != "fails" || l.Attempt != 1 || l.Container != "main" || !strings.HasPrefix(l.Line, "try ") || l.Time == "" {
			t.Errorf("%q: %v", line, err)
		}
		n++
	}
	if n != 30 {
		t.Errorf("%d objects, want 30\n%s", n, got.Stderr)
	}
}

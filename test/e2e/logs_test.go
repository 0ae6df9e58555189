//go:build e2e

package e2e

import (
	"encoding/json"
	"strings"
	"syscall"
	"testing"
)

// loggingSteps write what is hard to show: a container that goes before main and one beside it, a progress bar, a long line without
// an end, colours, many lines, and a second attempt that fails like the first.
const loggingSteps = busybox + `failurePolicy: ContinueOnFailure
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
	ns := newNamespace(t).asUser(t, "reader", "create pods")
	run := ns.submit(t, pipeline("logs", loggingSteps))
	eventually(t, "the count has come to 500", func() bool {
		return strings.Contains(ns.launcher(t, "logs", run, "shows").stdout, "count 500\n")
	})
	if err := syscall.Kill(driverPID(t, ns, run), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	live := ns.launcher(t, "watch", run)
	if live.code != 1 {
		t.Errorf("watch: exit code %d\n%s", live.code, live.stderr)
	}
	mustContain(t, "stderr of watch", live.stderr, "+ fails#2\n", "- fails#2 Failed: ", "; the end of its log:\n    try 11\n", "\n    try 30\nrun "+run+" Failed")
	mustContain(t, "get", ns.launcher(t, "get", run).stdout, "the end of the log of fails:\n    try 11\n")
	after := ns.launcher(t, "logs", run, "--all-attempts")
	raw := ns.launcher(t, "logs", run, "shows", "-o", "raw")
	mustContain(t, "raw", raw.stdout, "\r10%\r100%\n")
	if !strings.HasSuffix(raw.stdout, "\n"+strings.Repeat("x", 40000)) {
		t.Errorf("raw ends with %q, want the line of 40000 bytes that has no end", raw.stdout[max(0, len(raw.stdout)-100):])
	}

	kubectl(t, "", "delete", "pods", "-n", ns.name, "-l", "app.kubernetes.io/component=step", "--grace-period=0")
	gone := ns.launcher(t, "logs", run, "--all-attempts")
	mustContain(t, "stderr", gone.stderr, `note: step "shows" and 2 others: the Pod is gone; its lines are taken from the driver's log`)
	for view, got := range map[string]outcome{"watch": live, "logs": after, "logs without Pods": gone} {
		if n := numbered(t, only(got.stdout, "shows | count "), "shows | ", "count"); n != 3000 {
			t.Errorf("%s: %d numbered lines, want 3000", view, n)
		}
		for _, prefix := range []string{"fails | ", "fails#2 | "} {
			if n := numbered(t, got.stdout, prefix, "try"); n != 30 {
				t.Errorf("%s: %d lines of %q, want 30", view, n, prefix)
			}
		}
		for prefix, want := range map[string]string{ // lines of others may come between
			"shows/fetch | ": "shows/fetch | fetching\nshows/fetch | fetched\n", "shows/mesh | ": "shows/mesh | up\nshows/mesh | down\n",
			"shows | ": "shows | 100%\nshows | \x1b[31mred\x1b[0m\n",
		} {
			mustContain(t, view, only(got.stdout, prefix), want)
		}
	}
	for _, prefix := range []string{"shows | ", "shows/fetch | ", "shows/mesh | ", "fails | ", "fails#2 | "} {
		if only(after.stdout, prefix) != only(gone.stdout, prefix) {
			t.Errorf("logs shows other bytes of %q without the Pods", prefix)
		}
	}
	if len(after.stdout) != len(gone.stdout) {
		t.Errorf("logs shows %d bytes, and %d without the Pods", len(after.stdout), len(gone.stdout))
	}
	sameJSON(t, ns.launcher(t, "logs", run, "fails", "--attempt", "1", "-o", "json"))
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
func sameJSON(t *testing.T, got outcome) {
	t.Helper()
	n := 0
	for line := range strings.Lines(got.stdout) {
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
		t.Errorf("%d objects, want 30\n%s", n, got.stderr)
	}
}

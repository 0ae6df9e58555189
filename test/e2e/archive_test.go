//go:build e2e

package e2e

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/test/harness"
)

const archiveClaim = `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: logs}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
`

// archiveSteps are a step that fails once, with a container beside main; both say which attempt they are of.
const archiveSteps = `logs: {archive: {volume: {persistentVolumeClaim: {claimName: logs}}}}
settings:
  image: docker.io/library/busybox:latest
  imagePullPolicy: IfNotPresent
  resources: {cpu: 1m, memory: 16Mi}
  security: restricted
  retry: {limit: 1, backoff: {duration: 1s}}
  env:
    - {name: ATTEMPT, valueFrom: {fieldRef: {fieldPath: "metadata.labels['stepherd.dev/attempt']"}}}
  podSettings:
    securityContext: {runAsUser: 1234}
    initContainers:
      - name: dog
        image: docker.io/library/busybox:latest
        imagePullPolicy: IfNotPresent
        restartPolicy: Always
        env:
          - {name: ATTEMPT, valueFrom: {fieldRef: {fieldPath: "metadata.labels['stepherd.dev/attempt']"}}}
        command: [sh, -c, 'i=0; while :; do i=$((i+1)); echo "woof $ATTEMPT $i"; sleep 0.2; done']
steps:
  - name: count
    command: [sh, -c, 'i=0; while [ $i -lt 4000 ]; do i=$((i+1)); echo "line $ATTEMPT $i"; [ $((i % 100)) -ne 0 ] || sleep 0.2; done; [ $ATTEMPT -gt 1 ]']
  - name: quiet
    command: ["true"]
`

// TestArchive shows that an archive has every line of every container of every attempt once, with the driver killed in the middle and
// all Pods gone, in a namespace that enforces restricted, for a user who has just the Role.
func TestArchive(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t, enforce+"restricted")
	harness.Kubectl(t, archiveClaim, "apply", "-n", ns.Name, "-f", "-")
	user := ns.AsUser(t, "reader", "create pods")
	run := user.Submit(t, harness.Pipeline("kept", archiveSteps), "--no-check")
	harness.Eventually(t, "the first attempt has come to a thousand lines", func() bool {
		return strings.Contains(user.Launcher(t, "logs", run, "count").Stdout, "line 1 1000\n")
	})
	if err := syscall.Kill(driverPID(t, ns, run), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if got := user.Wait(t, run); got.Code != 0 {
		t.Fatalf("wait: exit code %d\n%s%s", got.Code, got.Stdout, got.Stderr)
	}
	if n := len(harness.Step(t, user.Get(t, run), "count").Attempts); n != 2 {
		t.Fatalf("%d attempts, want 2", n)
	}
	harness.Kubectl(t, "", "delete", "pods", "--all", "-n", ns.Name, "--grace-period=0")
	harness.Eventually(t, "all Pods are gone", func() bool {
		return harness.Kubectl(t, "", "get", "pods", "-n", ns.Name, "-o", "name") == ""
	})

	got := user.Launcher(t, "logs", run, "--all-attempts")
	if got.Code != 0 {
		t.Fatalf("logs: exit code %d\n%s", got.Code, got.Stderr)
	}
	harness.MustContain(t, "stderr", got.Stderr, "the Pod is gone; its lines are taken from the run's archive")
	if strings.Contains(got.Stderr, "driver's log") {
		t.Errorf("the driver's log was asked for:\n%s", got.Stderr)
	}
	for prefix, want := range map[string]string{"count": "line 1", "count#2": "line 2"} {
		if n := numbered(t, got.Stdout, prefix+" | ", want); n != 4000 {
			t.Errorf("%s has %d lines, want 4000", prefix, n)
		}
	}
	for prefix, want := range map[string]string{"count/dog": "woof 1", "count/dog#2": "woof 2"} {
		if n := numbered(t, got.Stdout, prefix+" | ", want); n < 10 {
			t.Errorf("%s has %d lines, want some", prefix, n)
		}
	}
	one := user.Launcher(t, "logs", run, "count", "--attempt", "1", "--tail", "2")
	if one.Code != 0 || one.Stdout != "line 1 3999\nline 1 4000\n" {
		t.Errorf("the last two lines of attempt 1: exit code %d, %q\n%s", one.Code, one.Stdout, one.Stderr)
	}
	archiveFiles(t, ns, run)
	if left := harness.Kubectl(t, "", "get", "jobs", "-n", ns.Name, "-o", "jsonpath={.items[*].metadata.name}"); left != run {
		t.Errorf("the namespace has the jobs %s, want the run's alone", left)
	}
}

// numbered holds the lines with a prefix to `want 1`, `want 2`, ..., each once and in order, and gives their number.
func numbered(t *testing.T, text, prefix, want string) int {
	t.Helper()
	n := 0
	for line := range strings.Lines(text) {
		rest, mine := strings.CutPrefix(line, prefix)
		if !mine {
			continue
		}
		n++
		if rest != fmt.Sprintf("%s %d\n", want, n) {
			t.Fatalf("line %d of %q is %q", n, prefix, line)
		}
	}
	return n
}

// archiveFiles holds what zcat shows of the files on the volume.
func archiveFiles(t *testing.T, ns harness.Namespace, run string) {
	t.Helper()
	volume := harness.Kubectl(t, "", "get", "pvc", "logs", "-n", ns.Name, "-o", "jsonpath={.spec.volumeName}")
	root := harness.Kubectl(t, "", "get", "pv", volume, "-o", "jsonpath={.spec.hostPath.path}")
	uid := harness.Kubectl(t, "", "get", "job", run, "-n", ns.Name, "-o", "jsonpath={.metadata.uid}")
	stamp := regexp.MustCompile(`(?m)^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{9}Z `)
	for file, want := range map[string]string{"count/1/main": "line 1", "count/2/main": "line 2", "count/1/dog": "woof 1", "count/2/dog": "woof 2"} {
		path := filepath.Join(root, ns.Name, run+"-"+uid[:8], file+".log.gz")
		out, err := exec.CommandContext(t.Context(), "zcat", path).CombinedOutput()
		if err != nil {
			t.Fatalf("zcat %s: %v\n%s", path, err, out)
		}
		n := numbered(t, stamp.ReplaceAllString(string(out), "> "), "> ", want)
		if strings.HasSuffix(file, "main") && n != 4000 || n == 0 {
			t.Errorf("%s has %d lines", path, n)
		}
	}
	if harness.Step(t, ns.Get(t, run), "quiet").Phase != v1alpha1.StepSucceeded {
		t.Error("the quiet step has not succeeded")
	}
}

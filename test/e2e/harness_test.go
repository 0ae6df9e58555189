//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// patience bounds every single command and wait: far more than any of them needs on a loaded machine.
const patience = 4 * time.Minute

// outcome is what a command did.
type outcome struct {
	code           int
	stdout, stderr string
}

// namespace is a test's own place on the cluster.
type namespace struct {
	name string
	// kubeconfig of the user that the launcher runs as; empty is the admin.
	kubeconfig string
}

// newNamespace makes a namespace with Stepherd installed in it as the docs say. labels are "key=value".
func newNamespace(t *testing.T, labels ...string) namespace {
	t.Helper()
	name := "e2e-" + strings.ToLower(strings.TrimPrefix(strings.NewReplacer("/", "-", "_", "-", ".", "-").Replace(t.Name()), "Test"))
	if len(name) > 50 {
		name = name[:50]
	}
	name = strings.TrimRight(name, "-")
	ns := namespace{name: name}
	kubectl(t, "", "create", "namespace", name)
	t.Cleanup(func() { kubectl(t, "", "delete", "namespace", name, "--wait=false") })
	for _, label := range labels {
		kubectl(t, "", "label", "namespace", name, label)
	}
	kubectl(t, "", "apply", "-n", name, "-k", filepath.Join(root, "deploy"))
	return ns
}

// kubectl runs kubectl as admin and fails the test if it fails; stdin may be empty.
func kubectl(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	got := command(t, os.Environ(), stdin, bin("localcluster"), append([]string{"kubectl", "--name", *clusterName, "--"}, args...)...)
	if got.code != 0 {
		t.Fatalf("kubectl %s: exit code %d\n%s%s", strings.Join(args, " "), got.code, got.stdout, got.stderr)
	}
	return got.stdout
}

// launcher runs the launcher in the namespace.
func (ns namespace) launcher(t *testing.T, args ...string) outcome {
	t.Helper()
	return ns.launcherWith(t, "", args...)
}

// launcherWith does so with something on stdin.
func (ns namespace) launcherWith(t *testing.T, stdin string, args ...string) outcome {
	t.Helper()
	env := os.Environ()
	if ns.kubeconfig != "" {
		env = append(env, "KUBECONFIG="+ns.kubeconfig)
	}
	return command(t, env, stdin, bin("launcher"), append(args, "-n", ns.name)...)
}

// submit hands a pipeline to `submit` with flags and gives the run's name.
func (ns namespace) submit(t *testing.T, pipeline string, flags ...string) string {
	t.Helper()
	got := ns.launcherWith(t, pipeline, append([]string{"submit", "-", "-o", "name"}, flags...)...)
	if got.code != 0 {
		t.Fatalf("submit: exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	return lastPart(strings.TrimSpace(got.stdout))
}

func lastPart(s string) string { return s[strings.LastIndex(s, "/")+1:] }

// follow runs a pipeline with --follow and wants the exit code.
func (ns namespace) follow(t *testing.T, pipeline string, want int, flags ...string) outcome {
	t.Helper()
	got := ns.launcherWith(t, pipeline, append([]string{"submit", "-", "--follow"}, flags...)...)
	if got.code != want {
		t.Fatalf("submit --follow: exit code %d, want %d\n--- stdout\n%s--- stderr\n%s", got.code, want, got.stdout, got.stderr)
	}
	return got
}

// wait waits for the run's end and gives the exit code.
func (ns namespace) wait(t *testing.T, run string) outcome {
	t.Helper()
	return ns.launcher(t, "wait", run, "--timeout", patience.String())
}

// get is the run as `get -o json` shows it.
func (ns namespace) get(t *testing.T, run string) v1alpha1.Run {
	t.Helper()
	got := ns.launcher(t, "get", run, "-o", "json")
	if got.code != 0 {
		t.Fatalf("get %s: exit code %d\n%s", run, got.code, got.stderr)
	}
	var r v1alpha1.Run
	if err := json.Unmarshal([]byte(got.stdout), &r); err != nil {
		t.Fatalf("get -o json: %v\n%s", err, got.stdout)
	}
	return r
}

// step is a step's status in a run.
func step(t *testing.T, r v1alpha1.Run, name string) v1alpha1.StepStatus {
	t.Helper()
	for _, s := range r.Steps {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("run %s has no step %q", r.Metadata.Name, name)
	return v1alpha1.StepStatus{}
}

// onlyRun is the name of the namespace's one run.
func (ns namespace) onlyRun(t *testing.T) string {
	t.Helper()
	names := strings.Fields(kubectl(t, "", "get", "jobs", "-n", ns.name, "-o", "jsonpath={.items[*].metadata.name}"))
	if len(names) != 1 {
		t.Fatalf("namespace %s has the runs %v, want one", ns.name, names)
	}
	return names[0]
}

func command(t *testing.T, env []string, stdin, name string, args ...string) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = env
	cmd.Stdin = strings.NewReader(stdin)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		t.Fatalf("%s %s: did not end within %s\n%s%s", filepath.Base(name), strings.Join(args, " "), patience, stdout.String(), stderr.String())
	case err != nil && !errors.As(err, &exit):
		t.Fatalf("%s: %v", name, err)
	}
	return outcome{code: cmd.ProcessState.ExitCode(), stdout: stdout.String(), stderr: stderr.String()}
}

// eventually polls a condition of the cluster that nothing announces; it fails the test when patience ends.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(300 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-deadline:
			t.Fatalf("waited %s in vain for: %s", patience, what)
		case <-tick.C:
		}
	}
}

// mustContain fails the test for each part that text lacks.
func mustContain(t *testing.T, what, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%s does not contain %q:\n%s", what, part, text)
		}
	}
}

// pipeline is the text of a pipeline whose steps run in the busybox image that every local cluster has.
func pipeline(name, rest string) string {
	return "apiVersion: stepherd.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: " + name + "}\n" + rest
}

const busybox = "settings:\n  image: docker.io/library/busybox:latest\n  imagePullPolicy: IfNotPresent\n  resources: {cpu: 1m, memory: 16Mi}\n"

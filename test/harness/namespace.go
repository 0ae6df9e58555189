package harness

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// Namespace is a test's own place on the cluster.
type Namespace struct {
	Name string
	// Kubeconfig is that of the user that the launcher runs as; empty means the administrator.
	Kubeconfig string
}

// NewNamespace creates a namespace, named after the test, with Stepherd installed in it as the docs tell. labels are "key=value".
func NewNamespace(t *testing.T, labels ...string) Namespace {
	t.Helper()
	name := "e2e-" + strings.ToLower(strings.TrimPrefix(strings.NewReplacer("/", "-", "_", "-", ".", "-").Replace(t.Name()), "Test"))
	if len(name) > 50 {
		name = name[:50]
	}
	name = strings.TrimRight(name, "-")
	Kubectl(t, "", "create", "namespace", name)
	t.Cleanup(func() { Kubectl(t, "", "delete", "namespace", name, "--wait=false") })
	for _, label := range labels {
		Kubectl(t, "", "label", "namespace", name, label)
	}
	Kubectl(t, "", "apply", "-n", name, "-k", filepath.Join(Root, "deploy"))
	return Namespace{Name: name}
}

// Launcher runs the launcher in the namespace.
func (ns Namespace) Launcher(t *testing.T, args ...string) Outcome {
	t.Helper()
	return ns.LauncherWith(t, "", args...)
}

// LauncherWith is Launcher with a text on stdin.
func (ns Namespace) LauncherWith(t *testing.T, stdin string, args ...string) Outcome {
	t.Helper()
	var env []string
	if ns.Kubeconfig != "" {
		env = append(env, "KUBECONFIG="+ns.Kubeconfig)
	}
	return Command(t, env, stdin, Bin("launcher"), append(args, "-n", ns.Name)...)
}

// Submit submits a pipeline with flags and returns the run's name.
func (ns Namespace) Submit(t *testing.T, pipeline string, flags ...string) string {
	t.Helper()
	got := ns.LauncherWith(t, pipeline, append([]string{"submit", "-", "-o", "name"}, flags...)...)
	if got.Code != 0 {
		t.Fatalf("submit: exit code %d\n%s%s", got.Code, got.Stdout, got.Stderr)
	}
	return LastPart(strings.TrimSpace(got.Stdout))
}

// LastPart returns what follows the last slash.
func LastPart(s string) string { return s[strings.LastIndex(s, "/")+1:] }

// Follow submits a pipeline with --follow and fails the test for another exit code than want.
func (ns Namespace) Follow(t *testing.T, pipeline string, want int, flags ...string) Outcome {
	t.Helper()
	got := ns.LauncherWith(t, pipeline, append([]string{"submit", "-", "--follow"}, flags...)...)
	if got.Code != want {
		t.Fatalf("submit --follow: exit code %d, want %d\n--- stdout\n%s--- stderr\n%s", got.Code, want, got.Stdout, got.Stderr)
	}
	return got
}

// Wait waits until the run finishes and returns the outcome of `launcher wait`.
func (ns Namespace) Wait(t *testing.T, run string) Outcome {
	t.Helper()
	return ns.Launcher(t, "wait", run, "--timeout", Patience.String())
}

// Get returns the run as `get -o json` prints it.
func (ns Namespace) Get(t *testing.T, run string) v1alpha1.Run {
	t.Helper()
	got := ns.Launcher(t, "get", run, "-o", "json")
	if got.Code != 0 {
		t.Fatalf("get %s: exit code %d\n%s", run, got.Code, got.Stderr)
	}
	var r v1alpha1.Run
	if err := json.Unmarshal([]byte(got.Stdout), &r); err != nil {
		t.Fatalf("get -o json: %v\n%s", err, got.Stdout)
	}
	return r
}

// Logs returns what `launcher logs RUN` with args prints on stdout. It fails the test if the launcher fails.
func (ns Namespace) Logs(t *testing.T, run string, args ...string) string {
	t.Helper()
	got := ns.Launcher(t, append([]string{"logs", run}, args...)...)
	if got.Code != 0 {
		t.Fatalf("logs %s: exit code %d\n%s", strings.Join(args, " "), got.Code, got.Stderr)
	}
	return got.Stdout
}

// Step returns a step's status in a run.
func Step(t *testing.T, r v1alpha1.Run, name string) v1alpha1.StepStatus {
	t.Helper()
	for _, s := range r.Steps {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("run %s has no step %q", r.Metadata.Name, name)
	return v1alpha1.StepStatus{}
}

// OnlyRun returns the name of the namespace's one run.
func (ns Namespace) OnlyRun(t *testing.T) string {
	t.Helper()
	names := strings.Fields(Kubectl(t, "", "get", "jobs", "-n", ns.Name, "-o", "jsonpath={.items[*].metadata.name}"))
	if len(names) != 1 {
		t.Fatalf("namespace %s has the runs %v, want one", ns.Name, names)
	}
	return names[0]
}

// Pipeline returns a pipeline file: the head, and the rest as given.
func Pipeline(name, rest string) string {
	return "apiVersion: stepherd.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: " + name + "}\n" + rest
}

// Busybox is the settings of steps that run in the busybox image that every node of a local cluster has.
const Busybox = "settings:\n  image: docker.io/library/busybox:latest\n  imagePullPolicy: IfNotPresent\n  resources: {cpu: 1m, memory: 16Mi}\n"

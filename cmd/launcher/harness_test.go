package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stepherd/stepherd/internal/launch/launchtest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// clock is what every test takes for now.
var clock = time.Date(2026, 3, 1, 12, 3, 0, 0, time.UTC)

// desk is a laptop in front of a cluster in memory.
type desk struct {
	cluster *launchtest.Cluster
	logs    *launchtest.Logs
	// noCluster is why no cluster is found.
	noCluster error
	// place that the kubeconfig leads to.
	context string
	name    string
	env     map[string]string
	text    strings.Builder
}

func newDesk() *desk {
	cluster := launchtest.New("ml")
	cluster.NowFunc = func() time.Time { return clock }
	return &desk{cluster: cluster, logs: &launchtest.Logs{Lines: map[string][]string{}}, context: "prod", name: "launcher"}
}

// outcome is what a command did.
type outcome struct {
	code           int
	stdout, stderr string
}

// ports are those of the cluster in memory.
func (d *desk) ports() ports {
	c := d.cluster
	return ports{
		runs: c.Runs(), news: c.News(), list: c.List(), create: c.Jobs(), edit: c.Jobs(), steps: c.Pods(), drivers: c.Pods(),
		watch: c.Watches(), server: c.Server(), dryRun: c.DryRuns(), archive: c.Archives(), logs: d.logs,
	}
}

func (d *desk) resolve(s selection) (place, error) {
	if d.noCluster != nil {
		return place{}, d.noCluster
	}
	if s.Context != "" && s.Context != d.context {
		return place{}, fmt.Errorf("kubeconfig ~/.kube/config has no context %q; there are: %s", s.Context, d.context)
	}
	at := place{Context: d.context, Namespace: "ml"}
	if s.Namespace != "" {
		at.Namespace = s.Namespace
	}
	return at, nil
}

func (d *desk) run(ctx context.Context, stdin string, args ...string) outcome {
	var stdout, stderr bytes.Buffer
	code := d.runOn(ctx, &stdout, &stderr, stdin, args...)
	return outcome{code, stdout.String(), stderr.String()}
}

// runOn runs a command in front of a terminal, or of what else its output goes to.
func (d *desk) runOn(ctx context.Context, stdout, stderr io.Writer, stdin string, args ...string) int {
	p := &program{
		name: d.name, stdin: strings.NewReader(stdin), stdout: stdout, stderr: stderr,
		now: func() time.Time { return clock }, getenv: func(name string) string { return d.env[name] },
		resolve: d.resolve,
		connect: func(s selection, _ warner) (session, error) {
			at, err := d.resolve(s)
			return session{ports: d.ports(), place: at}, err
		},
	}
	return p.run(ctx, append([]string{d.name}, args...))
}

// do runs a command and writes down what it said.
func (d *desk) do(t *testing.T, stdin string, args ...string) outcome {
	t.Helper()
	got := d.run(t.Context(), stdin, args...)
	d.record(args, got)
	return got
}

func (d *desk) record(args []string, got outcome) {
	words := make([]string, len(args))
	for i, a := range args {
		words[i] = a
		if a == "" || strings.ContainsAny(a, " \x00") {
			words[i] = fmt.Sprintf("%q", a)
		}
	}
	fmt.Fprintf(&d.text, "$ %s %s\n%s", d.name, strings.Join(words, " "), got.stdout)
	for line := range strings.Lines(got.stderr) {
		fmt.Fprintf(&d.text, "2> %s", line)
	}
	fmt.Fprintf(&d.text, "=> %d\n\n", got.code)
}

// golden compares what was written down with testdata/NAME.golden.
func (d *desk) golden(t *testing.T, name string) {
	t.Helper()
	file := filepath.Join(testdata, name+".golden")
	got := d.text.String()
	if *update {
		if err := errors.Join(os.MkdirAll(testdata, 0o755), os.WriteFile(file, []byte(got), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s has changed; got\n%s\nwant\n%s", name, got, want)
	}
}

// testdata is absolute, because tests work in folders of their own.
var testdata = func() string {
	dir, err := filepath.Abs("testdata")
	if err != nil {
		panic("launcher: " + err.Error())
	}
	return dir
}()

// files puts files into a new folder and works there.
func files(t *testing.T, contents map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range contents {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

const head = "apiVersion: stepherd.dev/v1alpha1\nkind: Pipeline\n"

const iris = head + `metadata: {name: iris}
settings: {image: registry.example/iris:1}
steps:
  - {name: load, command: [load]}
  - {name: train-a, needs: [load], command: [train, a]}
  - {name: train-b, needs: [load], command: [train, b]}
  - {name: evaluate, needs: [train-a, train-b], command: [evaluate]}
`

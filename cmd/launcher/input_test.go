package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/launchtest"
)

// badFiles are pipelines that cannot be run; the golden file has the full text of the problems of each.
func badFiles() map[string]string {
	chain := func(n int, extra string) string {
		var b strings.Builder
		b.WriteString(head + "metadata: {name: big}\nsettings: {image: i}\nsteps:\n")
		for i := range n {
			fmt.Fprintf(&b, "- {name: s%d%s}\n", i, extra)
		}
		return b.String()
	}
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c <= 'j'; c++ {
		bomb += fmt.Sprintf("%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n", c, c, c-1, c-1, c-1, c-1, c-1, c-1, c-1, c-1, c-1)
	}
	step := func(s string) string { return head + "metadata: {name: p}\nsettings: {image: i}\nsteps:\n" + s }
	return map[string]string{
		"01-empty.yaml":          "",
		"02-comments-only.yaml":  "# nothing\n",
		"03-two-documents.yaml":  iris + "---\n" + iris,
		"04-wrong-kind.yaml":     strings.Replace(iris, "kind: Pipeline", "kind: Job", 1),
		"05-wrong-version.yaml":  strings.Replace(iris, "v1alpha1", "v2", 1),
		"06-unknown-key.yaml":    strings.Replace(iris, "settings: {image:", "settings: {imagee:", 1),
		"07-wrong-case.yaml":     strings.Replace(iris, "settings:", "Settings:", 1),
		"08-duplicate-step.yaml": step("- {name: a}\n- {name: b}\n- {name: a}\n"),
		"09-unknown-need.yaml":   step("- {name: load}\n- {name: b, needs: [laod]}\n"),
		"10-cycle.yaml":          step("- {name: a, needs: [c]}\n- {name: b, needs: [a]}\n- {name: c, needs: [b]}\n"),
		"11-no-steps.yaml":       head + "metadata: {name: p}\nsettings: {image: i}\nsteps: []\n",
		"12-long-name.yaml":      step("- {name: " + strings.Repeat("x", 100) + "}\n"),
		"13-same-cleaned.yaml":   step("- {name: Train_A}\n- {name: train-a}\n"),
		"14-our-label.yaml":      step("- {name: a, settings: {labels: {stepherd.dev/run: mine}}}\n"),
		"15-50000-steps.yaml":    chain(50_000, ""),
		"16-plan-too-large.yaml": incompressible(),
		"17-invalid-utf8.yaml":   strings.Replace(iris, "load", "l\xffad", 1),
		"18-bomb.yaml":           bomb,
		"19-refused.yaml":        step("- {name: a, settings: {podSettings: {restartPolicy: Always, activeDeadlineSeconds: 5}}}\n"),
		"20-not-yaml.yaml":       "steps: [a\n  b: {\n",
		"21-a-list.yaml":         "- a\n- b\n",
		"22-nul.yaml":            "\x00\x00\x00",
		"23-everything.yaml":     head + "metadata: {name: P_}\nparalelism: 3\nsteps:\n- {name: a, needs: [a, b]}\n- {nmae: c}\n",
	}
}

// incompressible is a valid pipeline whose plan does not fit, also compressed.
func incompressible() string {
	var b strings.Builder
	b.WriteString(head + "metadata: {name: big}\nsettings: {image: i}\nsteps:\n")
	seed := uint64(1)
	for i := range 2000 {
		fmt.Fprintf(&b, "- {name: s%d, args: ['", i)
		for range 16 {
			seed = seed*6364136223846793005 + 1442695040888963407
			fmt.Fprintf(&b, "%016x", seed)
		}
		b.WriteString("']}\n")
	}
	return b.String()
}

// TestBadInput: a sentence on stderr, nothing on stdout, exit code 2, and nothing sent to the cluster.
func TestBadInput(t *testing.T) {
	bad := badFiles()
	files(t, bad)
	d := newDesk()
	names := slices.Sorted(maps.Keys(bad))
	for _, args := range [][]string{
		{"submit"}, {"submit", ""}, {"submit", "missing.yaml"}, {"submit", "."}, {"submit", "a\x00b"}, {"submit", "-"},
		{"submit", "-f", "missing.yaml"}, {"submit", "-f", "a", "b"}, {"submit", "a", "b"},
	} {
		d.check(t, args)
	}
	for _, name := range names {
		d.check(t, []string{"submit", name})
	}
	if calls := d.cluster.Calls(); len(calls) > 0 {
		t.Errorf("bad input was half submitted: %q", calls)
	}
	d.golden(t, "bad-input")
}

func (d *desk) check(t *testing.T, args []string) {
	t.Helper()
	begin := time.Now()
	got := d.do(t, "", args...)
	if got.code != exitUsage || got.stdout != "" || got.stderr == "" {
		t.Errorf("%q: exit code %d, stdout %q", args, got.code, got.stdout)
	}
	if took := time.Since(begin); took > 20*time.Second {
		t.Errorf("%q took %s", args, took)
	}
}

// TestHugeInput: 50 MB of YAML, and a file without an end, are refused without being read to their end.
func TestHugeInput(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs /dev/zero")
	}
	files(t, nil)
	f, err := os.Create("huge.yaml")
	if err != nil {
		t.Fatal(err)
	}
	line := []byte("# " + strings.Repeat("x", 1022) + "\n")
	for range 50 << 10 {
		if _, err := f.Write(line); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	d := newDesk()
	d.check(t, []string{"submit", "huge.yaml"})
	d.check(t, []string{"submit", "/dev/zero"})
	d.golden(t, "huge-input")
}

// TestTenThousandSteps are taken.
func TestTenThousandSteps(t *testing.T) {
	var b strings.Builder
	b.WriteString(head + "metadata: {name: big}\nsettings: {image: i}\nsteps:\n")
	for i := range v1alpha1.MaxSteps {
		fmt.Fprintf(&b, "- {name: s%d}\n", i)
	}
	files(t, nil)
	got := newDesk().run(t.Context(), b.String(), "submit", "-", "-o", "name", "--name", "big-1")
	if got.code != 0 || got.stdout != "big-1\n" {
		t.Errorf("exit code %d, stdout %q\n%s", got.code, got.stdout, got.stderr)
	}
}

// TestBadCluster: what a cluster can say no to, each a sentence and the right exit code, and no run created.
func TestBadCluster(t *testing.T) {
	files(t, map[string]string{"iris.yaml": iris, "restricted.yaml": strings.Replace(iris, "settings: {", "settings: {security: restricted, ", 1)})
	d := newDesk()
	weather := &launchtest.Error{Kind: launchtest.Weather, Text: "dial tcp 192.0.2.1:6443: i/o timeout"}
	refuse := func(text string) func(*corev1.Pod) error {
		return func(pod *corev1.Pod) error {
			if pod.Labels[v1alpha1.LabelStep] == "load" {
				return &launchtest.Error{Kind: launchtest.Refused, Text: text}
			}
			return nil
		}
	}
	violates := `pods "x" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true (pod or container "main" must set securityContext.runAsNonRoot=true)`
	submit := []string{"submit", "iris.yaml", "--name", "iris-1"}
	for _, tc := range []struct {
		name string
		code int
		set  func(*launchtest.Cluster)
		args []string
	}{
		{"no cluster", 3, func(c *launchtest.Cluster) {
			for _, m := range []string{"NamespaceExists", "ServerVersion", "ServiceAccountExists", "MissingRights", "MayCreatePods"} {
				c.Fail[m] = weather
			}
		}, submit},
		{"wrong context", 3, nil, append(submit, "--context", "pord")},
		{"no permission", 3, func(c *launchtest.Cluster) { c.Fail["CreateJob"] = launchtest.MayNot("create", "jobs", "ml") }, submit},
		{"credentials", 3, func(c *launchtest.Cluster) {
			c.Fail["NamespaceExists"] = &launchtest.Error{Kind: launchtest.Unauthorized, Text: "Unauthorized"}
		}, submit},
		{"namespace missing", 3, nil, append(submit, "-n", "nowhere")},
		{"old server", 3, func(c *launchtest.Cluster) { c.Minor = 30 }, submit},
		{"no service account", 3, func(c *launchtest.Cluster) { c.Accounts = nil }, submit},
		{"another service account", 3, nil, append(submit, "--service-account", "nobody")},
		{"service account without rights", 3, func(c *launchtest.Cluster) {
			c.MissingRightsOf["stepherd-driver"] = []string{"create pods", "get pods/log"}
		}, submit},
		{"service account without any right", 3, func(c *launchtest.Cluster) {
			c.MissingRightsOf["stepherd-driver"] = []string{"create pods", "get pods", "list pods", "watch pods", "delete pods", "get pods/log"}
		}, submit},
		{"restricted namespace", 2, func(c *launchtest.Cluster) { c.Refuse = refuse(violates) }, submit},
		{"restricted namespace, restricted step", 2, func(c *launchtest.Cluster) { c.Refuse = refuse(violates) }, []string{"submit", "restricted.yaml", "--name", "iris-1"}},
		{"policy", 2, func(c *launchtest.Cluster) { c.Refuse = refuse("admission webhook \"policy\" denied the request: no") }, submit},
		{"job refused", 2, func(c *launchtest.Cluster) {
			c.OnCreate = func(*batchv1.Job) error {
				return &launchtest.Error{Kind: launchtest.Refused, Text: "admission webhook \"policy\" denied the request: no"}
			}
		}, submit},
		{"name taken", 3, func(c *launchtest.Cluster) { c.JobsByName["iris-1"] = &batchv1.Job{} }, submit},
		{"name impossible", 2, nil, []string{"submit", "iris.yaml", "--name", "Iris_1"}},
		{"name too long", 2, nil, []string{"submit", "iris.yaml", "--name", strings.Repeat("x", 64)}},
		{"name empty", 2, nil, []string{"submit", "iris.yaml", "--name", ""}},
	} {
		before := d.cluster
		fresh := newDesk()
		d.cluster = fresh.cluster
		if tc.set != nil {
			tc.set(d.cluster)
		}
		fmt.Fprintf(&d.text, "# %s\n", tc.name)
		got := d.do(t, "", tc.args...)
		if got.code != tc.code || got.stdout != "" {
			t.Errorf("%s: exit code %d, want %d; stdout %q", tc.name, got.code, tc.code, got.stdout)
		}
		if job := d.cluster.JobsByName["iris-1"]; job != nil && job.Name != "" {
			t.Errorf("%s: a run was created", tc.name)
		}
		d.cluster = before
	}
	d.noCluster = errors.New("no cluster is configured")
	fmt.Fprintf(&d.text, "# no kubeconfig\n")
	if got := d.do(t, "", submit...); got.code != exitCluster {
		t.Errorf("no kubeconfig: exit code %d", got.code)
	}
	d.golden(t, "bad-cluster")
}

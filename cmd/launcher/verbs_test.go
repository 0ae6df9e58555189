package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/launchtest"
)

func at(seconds int) *metav1.Time {
	t := metav1.NewTime(clock.Add(time.Duration(seconds-180) * time.Second))
	return &t
}

// end gives a Job the condition that its driver's exit code leads to.
func end(job *batchv1.Job, code int) {
	c := batchv1.JobCondition{Type: batchv1.JobComplete, Status: corev1.ConditionTrue, LastTransitionTime: *at(100)}
	if code != 0 {
		c.Type, c.Reason = batchv1.JobFailed, batchv1.JobReasonPodFailurePolicy
		c.Message = fmt.Sprintf("Container driver for pod ml/x failed with exit code %d matching FailJob rule at index 1", code)
	}
	job.Status.Conditions = append(job.Status.Conditions, c)
}

func attempt(step, node string, phase v1alpha1.StepPhase, code *int32) v1alpha1.StepStatus {
	a := v1alpha1.AttemptStatus{
		Number: 1, Pod: "pod-" + step, Node: node, Phase: phase, ExitCode: code,
		CreatedAt: at(2), ScheduledAt: at(2), StartedAt: at(4), FinishedAt: at(16),
	}
	if phase == v1alpha1.StepFailed {
		a.Reason = v1alpha1.ReasonError
	}
	return v1alpha1.StepStatus{Name: step, Phase: phase, Reason: a.Reason, Attempts: []v1alpha1.AttemptStatus{a}}
}

// succeeds is a cluster in which every run of iris ends well at once.
func (d *desk) succeeds() {
	zero := int32(0)
	d.cluster.OnCreate = func(job *batchv1.Job) error {
		end(job, 0)
		var steps, pods []v1alpha1.StepStatus
		for _, name := range []string{"load", "train-a", "train-b", "evaluate"} {
			s := attempt(name, "node-1", v1alpha1.StepSucceeded, &zero)
			steps = append(steps, s)
			pods = append(pods, v1alpha1.StepStatus{Name: name, Attempts: s.Attempts})
			d.logs.Lines["pod-"+name+"/main"] = []string{"hello from " + name, "  done"}
		}
		d.cluster.RecordOf[string(job.UID)] = &record.Record{
			Head:  record.Head{Version: 1, Phase: v1alpha1.RunSucceeded, StartedAt: at(2), FinishedAt: at(90), StepCount: 4},
			Steps: steps,
		}
		d.cluster.StepPodsOf[string(job.UID)] = pods
		return nil
	}
}

// fails is one in which train-b fails.
func (d *desk) fails() {
	d.succeeds()
	well := d.cluster.OnCreate
	three := int32(3)
	d.cluster.OnCreate = func(job *batchv1.Job) error {
		_ = well(job)
		job.Status.Conditions = nil
		end(job, 100)
		r := d.cluster.RecordOf[string(job.UID)]
		r.Head.Phase, r.Head.Reason, r.Head.Message = v1alpha1.RunFailed, v1alpha1.ReasonStepFailed, "step train-b failed: exit code 3"
		r.Steps[2] = attempt("train-b", "node-2", v1alpha1.StepFailed, &three)
		r.Steps[3] = v1alpha1.StepStatus{Name: "evaluate", Phase: v1alpha1.StepSkipped, Reason: v1alpha1.ReasonUpstreamFailed, Message: "needs train-b"}
		pods := d.cluster.StepPodsOf[string(job.UID)]
		pods[2] = v1alpha1.StepStatus{Name: "train-b", Attempts: r.Steps[2].Attempts}
		d.cluster.StepPodsOf[string(job.UID)] = pods[:3]
		d.logs.Lines["pod-train-b/main"] = []string{"reading data.csv", "no such file"}
		return nil
	}
}

// TestRun goes through the life of a run that succeeds and of one that fails.
func TestRun(t *testing.T) {
	files(t, map[string]string{"iris.yaml": iris})
	d := newDesk()
	do := func(code int, args ...string) {
		t.Helper()
		if got := d.do(t, "", args...); got.code != code {
			t.Errorf("%q: exit code %d, want %d\n%s", args, got.code, code, got.stderr)
		}
	}
	do(0, "submit", "iris.yaml", "--name", "iris-1")
	do(0, "list")
	do(0, "get", "iris-1")
	do(0, "cancel", "iris-1")
	do(0, "get", "iris-1", "-o", "json")
	do(0, "delete", "iris-1")
	do(0, "list")
	do(0, "list", "-o", "json")
	do(0, "list", "-o", "name")
	d.succeeds()
	do(0, "submit", "-f", "iris.yaml", "--name", "iris-2", "--wait", "-o", "name")
	do(0, "logs", "iris-2")
	do(0, "logs", "iris-2", "train-a")
	do(0, "logs", "iris-2", "train-a", "-f")
	do(3, "logs", "iris-2", "train-c")
	do(0, "wait", "iris-2")
	do(0, "cancel", "iris-2", "--wait", "--force")
	d.fails()
	do(1, "submit", "iris.yaml", "--name", "iris-3", "--wait")
	do(1, "--context", "prod", "wait", "iris-3", "--timeout", "1h")
	do(0, "get", "iris-3", "-o", "tree")
	do(0, "list", "-o", "wide")
	do(0, "list", "-o", "name")
	d.golden(t, "run")
}

// TestFollow wants the logs on stdout, whole and each line once, and everything else on stderr. Several logs come side by
// side, so that there is no order between steps.
func TestFollow(t *testing.T) {
	files(t, map[string]string{"iris.yaml": iris})
	for _, tc := range []struct {
		name string
		set  func(*desk)
		code int
		out  []string
		err  []string
	}{
		{"succeeds", (*desk).succeeds, 0,
			[]string{"load | hello from load\nload |   done\n", "evaluate | hello from evaluate\nevaluate |   done\n"},
			[]string{"run iris-1 submitted to namespace \"ml\" (context \"prod\")\n", "+ load\n", "- load Succeeded\n", "run iris-1 Succeeded after 1m28s\n"}},
		{"fails", (*desk).fails, 1,
			[]string{"train-b | reading data.csv\ntrain-b | no such file\n"},
			[]string{"- train-b Failed: Error, exit code 3\n",
				"Skipped evaluate: UpstreamFailed: needs train-b\nFailed train-b: Error, exit code 3; the end of its log:\n    reading data.csv\n    no such file\n" +
					"run iris-1 Failed after 1m28s: StepFailed: step train-b failed: exit code 3\n"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := newDesk()
			tc.set(d)
			got := d.run(t.Context(), iris, "submit", "-", "--follow", "--name", "iris-1")
			if got.code != tc.code {
				t.Errorf("exit code %d, want %d", got.code, tc.code)
			}
			for _, want := range tc.out {
				step, _, _ := strings.Cut(want, " ")
				if lines := linesOf(got.stdout, step); lines != want {
					t.Errorf("stdout has of %s %q, want %q", step, lines, want)
				}
			}
			for _, want := range tc.err {
				if strings.Count(got.stderr, want) != 1 {
					t.Errorf("stderr has not once %q:\n%s", want, got.stderr)
				}
			}
		})
	}
}

// linesOf are the lines of one step.
func linesOf(stdout, step string) string {
	var b strings.Builder
	for line := range strings.Lines(stdout) {
		if strings.HasPrefix(line, step+" | ") {
			b.WriteString(line)
		}
	}
	return b.String()
}

// TestGone shows the logs of steps whose Pods are gone, out of the driver's.
func TestGone(t *testing.T) {
	d := newDesk()
	d.fails()
	d.run(t.Context(), iris, "submit", "-", "--name", "iris-1")
	uid := "uid-iris-1"
	d.cluster.StepPodsOf[uid] = d.cluster.StepPodsOf[uid][:2]
	again := &d.cluster.RecordOf[uid].Steps[2]
	again.Attempts = append(again.Attempts, again.Attempts[0])
	again.Attempts[1].Number, again.Attempts[1].Pod = 2, "pod-train-b-2"
	delete(d.logs.Lines, "pod-train-a/main") // gone between the list and the read
	driver := corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "driver-1"}}
	d.cluster.DriverPodsOf[uid] = []corev1.Pod{driver}
	d.logs.Lines["driver-1/driver"] = []string{
		`{"level":"info","msg":"train-b | is no line of a step"}`, "load | hello", "train-b/prepare | fetched", "train-b | reading | data", "train-a | a",
		"train-b#2 | again", "train-b | [stepherd: lines after 2026-03-01T12:00:04.000Z may be missing: the pod is gone]", "train-b no line",
		"train-b#2 | a long [line continues]", "train-b#2 |  line",
	}
	for _, args := range []string{
		"logs iris-1", "logs iris-1 train-b", "logs iris-1 train-b --all-attempts", "logs iris-1 train-b --attempt 1 --timestamps", "logs iris-1 -o json",
		"logs iris-1 train-b -o raw --attempt 1", "logs iris-1 train-b --attempt 2 --tail 1", "logs iris-1 train-b --attempt 1 --container prepare",
		"logs iris-1 train-b --container sidecar", "logs iris-1 train-b --attempt 3",
	} {
		d.do(t, "", strings.Fields(args)...)
	}
	delete(d.cluster.DriverPodsOf, uid)
	d.do(t, "", "logs", "iris-1", "train-b")
	d.golden(t, "gone")
}

// TestDryRun: neither form creates anything.
func TestDryRun(t *testing.T) {
	files(t, map[string]string{"one.yaml": head + "metadata: {name: one}\nsettings: {image: 'registry.example/one:1'}\nsteps: [{name: only, command: [x, $(Y)]}]\n"})
	d := newDesk()
	for _, args := range []string{
		"submit one.yaml --name one-1 --dry-run=client", "submit one.yaml --name one-1 --dry-run client -o name", "submit one.yaml --name one-1 --dry-run=client -o yaml",
		"submit one.yaml --name one-1 --dry-run=server", "submit one.yaml --name one-1 --dry-run=server -o name",
		"submit one.yaml --dry-run=perhaps", "submit one.yaml --dry-run=client --follow", "submit one.yaml -o xml", "submit one.yaml --follow --wait", "submit one.yaml --follow -o name",
		"render one.yaml -n other", "render one.yaml --step only --name mine", "render one.yaml --step onyl",
		"validate one.yaml", "validate one.yaml missing.yaml one.yaml", "validate", "rbac -n team", "rbac", "version", "version -o json extra",
	} {
		d.do(t, "", strings.Fields(args)...)
	}
	if len(d.cluster.JobsByName) > 0 {
		t.Error("a dry run created a run")
	}
	d.golden(t, "dry-run")
}

// TestSubmitJSON is the Job as the server gave it back.
func TestSubmitJSON(t *testing.T) {
	d := newDesk()
	got := d.run(t.Context(), iris, "submit", "-", "-o", "json")
	var job batchv1.Job
	if err := json.Unmarshal([]byte(got.stdout), &job); err != nil {
		t.Fatalf("%v\n%s", err, got.stdout)
	}
	if job.Kind != "Job" || job.UID == "" || !strings.HasPrefix(job.Name, "iris-") || len(job.Name) != len("iris-xxxxx") || job.ManagedFields != nil {
		t.Errorf("got %s %s, UID %s", job.Kind, job.Name, job.UID)
	}
}

// TestRights takes one right away from each verb that needs it.
func TestRights(t *testing.T) {
	files(t, map[string]string{"iris.yaml": iris})
	d := newDesk()
	for _, tc := range []struct {
		method, verb, resource string
		args                   string
		code                   int
	}{
		{"Job", "get", "jobs", "get iris-1", 3},
		{"EachJob", "list", "jobs", "list", 3},
		{"WatchJob", "watch", "jobs", "wait iris-1", 3},
		{"WatchJob", "watch", "jobs", "submit iris.yaml --name iris-2 --follow", 3},
		{"WatchStepPods", "watch", "pods", "submit iris.yaml --name iris-3 --follow", 3},
		{"PatchJob", "patch", "jobs", "cancel iris-1", 3},
		{"DeleteJob", "delete", "jobs", "delete iris-1", 3},
		{"StepPods", "list", "pods", "logs iris-1", 3},
		{"Record", "get", "configmaps", "get iris-1", 3},
		{"RecordHeads", "list", "configmaps", "list", 0},
		{"LiveDriverPods", "list", "pods", "list", 0},
		{"StopStepPods", "delete", "pods", "cancel iris-1 --force", 3},
		{"DriverPods", "list", "pods", "recover iris-1", 3},
		{"ReleasePod", "patch", "pods", "recover iris-1", 3},
		{"RemovePod", "delete", "pods", "recover iris-1", 3},
		{"Events", "list", "events", "get iris-1", 0},
		{"PodEvents", "list", "events", "get iris-1", 0},
		{"NamespaceExists", "get", "namespaces", "submit iris.yaml --name iris-4", 0},
		{"MissingRights", "create", "localsubjectaccessreviews", "submit iris.yaml --name iris-5", 0},
	} {
		d.cluster = newDesk().cluster
		d.run(t.Context(), iris, "submit", "-", "--name", "iris-1")
		switch tc.method {
		case "ReleasePod", "RemovePod":
			d.cluster.DriverPodsOf["uid-iris-1"] = []corev1.Pod{stuckDriver()}
		case "PodEvents":
			d.cluster.RecordOf["uid-iris-1"] = &record.Record{Head: record.Head{Version: 1, Phase: v1alpha1.RunRunning}}
			d.cluster.StepPodsOf["uid-iris-1"] = []v1alpha1.StepStatus{pendingOn("load", "node-1", "", "")}
		}
		d.cluster.Fail[tc.method] = launchtest.MayNot(tc.verb, tc.resource, "ml")
		d.cluster.OnPatch = func(job *batchv1.Job) { // force has worked
			if job.Spec.ActiveDeadlineSeconds != nil {
				end(job, 1)
			}
		}
		if got := d.do(t, "", strings.Fields(tc.args)...); got.code != tc.code {
			t.Errorf("%s without %s %s: exit code %d, want %d", tc.args, tc.verb, tc.resource, got.code, tc.code)
		}
	}
	d.cluster = newDesk().cluster
	d.cluster.NoPods = true
	d.cluster.Fail["ServiceAccountExists"] = launchtest.MayNot("get", "serviceaccounts", "ml")
	d.do(t, "", "submit", "iris.yaml", "--name", "iris-6", "-o", "name")
	d.golden(t, "rights")
}

// TestDetach: Ctrl-C lets go of the run and says how to come back; --timeout has a code of its own.
func TestDetach(t *testing.T) {
	d := newDesk()
	d.run(t.Context(), iris, "submit", "-", "--name", "iris-1")
	for _, args := range []string{"wait iris-1 --context prod", "logs iris-1 -f", "watch iris-1", "get iris-1", "cancel iris-1 --wait"} {
		ctx, cancel := context.WithCancel(t.Context())
		d.cluster.OnWatch = cancel
		if strings.HasPrefix(args, "get") {
			cancel()
		}
		got := d.run(ctx, "", strings.Fields(args)...)
		d.record(strings.Fields(args), got)
		if got.code != exitDetached {
			t.Errorf("%s: exit code %d, want %d", args, got.code, exitDetached)
		}
	}
	d.cluster.OnWatch = nil
	if got := d.do(t, "", "wait", "iris-1", "--timeout", "10ms"); got.code != exitTimeout {
		t.Errorf("exit code %d, want %d", got.code, exitTimeout)
	}
	d.doAll(t, command{exitTimeout, "wait iris-1 --timeout 0s"}, command{exitUsage, "wait iris-1 --timeout soon"}, command{exitUsage, "wait iris-1 --timeout -1s"})
	end(d.cluster.JobsByName["iris-1"], 101)
	d.doAll(t, command{exitCancelled, "wait iris-1 --timeout 0s"}, command{exitCancelled, "wait iris-1 --timeout 1ms"}, command{exitCluster, "wait iris-2 --timeout 0s"})
	d.golden(t, "detach")
}

// TestKubectlPlugin: the name by which the program was called is the one in its hints.
func TestKubectlPlugin(t *testing.T) {
	d := newDesk()
	d.name = "kubectl stepherd"
	got := d.run(t.Context(), iris, "submit", "-", "--name", "iris-1")
	if !strings.Contains(got.stderr, "kubectl stepherd get iris-1 -n ml\n") {
		t.Errorf("stderr: %s", got.stderr)
	}
}

// TestHelp is on stdout and no error.
func TestHelp(t *testing.T) {
	d := newDesk()
	for _, args := range []string{"--help", "help logs", "submit x --help", "-h"} {
		if got := d.run(t.Context(), "", strings.Fields(args)...); got.code != 0 || got.stdout == "" || got.stderr != "" {
			t.Errorf("%s: exit code %d, stderr %q", args, got.code, got.stderr)
		}
	}
	d.do(t, "", "--help")
	for _, c := range (&program{name: "launcher"}).app().Commands {
		d.do(t, "", c.Name, "--help")
	}
	d.do(t, "")
	d.golden(t, "help")
}

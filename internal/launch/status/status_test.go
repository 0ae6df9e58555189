package status

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/pipelinefile"
	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/podspec"
)

var begin = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func at(seconds int) *metav1.Time {
	t := metav1.NewTime(begin.Add(time.Duration(seconds) * time.Second))
	return &t
}

// pipeline is a chain a <- b <- c.
func pipeline(t *testing.T) *v1alpha1.Pipeline {
	t.Helper()
	p, err := pipelinefile.Decode("test", []byte(`
apiVersion: stepherd.dev/v1alpha1
kind: Pipeline
metadata: {name: chain}
settings: {image: registry.example/x:1}
steps: [{name: a}, {name: b, needs: [a]}, {name: c, needs: [b]}]
`))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// jobOf is the Job of a chain as the server has it, a second after the test's beginning.
func jobOf(t *testing.T, change func(*batchv1.Job)) *batchv1.Job {
	t.Helper()
	job, err := podspec.DriverJob(pipeline(t), podspec.JobOptions{Run: "chain-1", Namespace: "ml", DefaultDriverImage: "driver:1"})
	if err != nil {
		t.Fatal(err)
	}
	job.UID, job.CreationTimestamp, job.Status.StartTime = "uid", *at(1), at(2)
	if change != nil {
		change(job)
	}
	return job
}

func complete(job *batchv1.Job) {
	job.Status.Conditions = []batchv1.JobCondition{
		{Type: batchv1.JobSuccessCriteriaMet, Status: corev1.ConditionTrue, LastTransitionTime: *at(89)},
		{Type: batchv1.JobComplete, Status: corev1.ConditionTrue, LastTransitionTime: *at(90)},
	}
}

func failed(reason, message string) func(*batchv1.Job) {
	return func(job *batchv1.Job) {
		job.Status.Conditions = []batchv1.JobCondition{
			{Type: batchv1.JobFailureTarget, Status: corev1.ConditionTrue, LastTransitionTime: *at(89)},
			{Type: batchv1.JobFailed, Status: corev1.ConditionTrue, Reason: reason, Message: message, LastTransitionTime: *at(90)},
		}
	}
}

func exited(code string) func(*batchv1.Job) {
	return failed(batchv1.JobReasonPodFailurePolicy, "Container driver for pod ml/chain-1-x failed with exit code "+code+" matching FailJob rule at index 1")
}

func ready(job *batchv1.Job) {
	one := int32(1)
	job.Status.Ready = &one
}

func running() *record.Head {
	return &record.Head{Version: 1, Phase: v1alpha1.RunRunning, StartedAt: at(5), StepCount: 3}
}

func TestSummary(t *testing.T) {
	verdict := func(phase v1alpha1.RunPhase, reason v1alpha1.Reason, message string) *record.Head {
		return &record.Head{Version: 1, Phase: phase, Reason: reason, Message: message, StartedAt: at(5), FinishedAt: at(80)}
	}
	force := func(job *batchv1.Job) {
		failed(batchv1.JobReasonDeadlineExceeded, "Job was active longer than specified deadline")(job)
		deadline := int64(1)
		job.Spec.ActiveDeadlineSeconds = &deadline
		job.Annotations = map[string]string{v1alpha1.AnnotationCancel: "2026-03-01T12:01:00Z"}
	}
	for _, tc := range []struct {
		name              string
		job               func(*batchv1.Job)
		head              *record.Head
		want              outcome
		started, finished *metav1.Time
	}{
		{"new", nil, nil, outcome{phase: v1alpha1.RunPending}, nil, nil},
		{"driver up, no record yet", ready, nil, outcome{phase: v1alpha1.RunPending}, nil, nil},
		{"at work", ready, running(), outcome{phase: v1alpha1.RunRunning}, at(5), nil},
		{"at work, driver away", nil, running(), outcome{phase: v1alpha1.RunRunning}, at(5), nil},
		{"verdict before the Job's end", ready, verdict(v1alpha1.RunSucceeded, "", ""), outcome{phase: v1alpha1.RunSucceeded}, at(5), at(80)},
		{"succeeded", complete, verdict(v1alpha1.RunSucceeded, "", ""), outcome{phase: v1alpha1.RunSucceeded}, at(5), at(80)},
		{"failed", exited("100"), verdict(v1alpha1.RunFailed, v1alpha1.ReasonStepFailed, "step b"),
			outcome{phase: v1alpha1.RunFailed, reason: v1alpha1.ReasonStepFailed, message: "step b"}, at(5), at(80)},
		{"the record's verdict rules over the Job's end", failed("BackoffLimitExceeded", "x"), verdict(v1alpha1.RunSucceeded, "", ""),
			outcome{phase: v1alpha1.RunSucceeded}, at(5), at(80)},
		{"complete without a record", complete, nil, outcome{phase: v1alpha1.RunSucceeded}, at(2), at(90)},
		{"exit code 100 without a record", exited("100"), nil, outcome{phase: v1alpha1.RunFailed, reason: v1alpha1.ReasonStepFailed}, at(2), at(90)},
		{"exit code 101 without a record", exited("101"), nil, outcome{phase: v1alpha1.RunCancelled, reason: v1alpha1.ReasonCancelled}, at(2), at(90)},
		{"exit code 102 without a record", exited("102"), nil,
			outcome{phase: v1alpha1.RunFailed, reason: v1alpha1.ReasonInvalidPlan, message: "the driver refused the plan"}, at(2), at(90)},
		{"lost", failed("BackoffLimitExceeded", "Job has reached the specified backoff limit"), running(),
			outcome{phase: v1alpha1.RunFailed, reason: v1alpha1.ReasonDriverLost,
				message: "the driver ended without a verdict: Job has reached the specified backoff limit"}, at(5), at(90)},
		{"a foreign message with an exit code", failed("BackoffLimitExceeded", "failed with exit code 101 matching FailJob rule"), nil,
			outcome{phase: v1alpha1.RunFailed, reason: v1alpha1.ReasonDriverLost,
				message: "the driver ended without a verdict: failed with exit code 101 matching FailJob rule"}, at(2), at(90)},
		{"cancelled by force", force, running(), outcome{phase: v1alpha1.RunCancelled, reason: v1alpha1.ReasonCancelled,
			message: "ended by force, without a word of its driver"}, at(5), at(90)},
		{"the deadline behind a timeout", func(job *batchv1.Job) { force(job); *job.Spec.ActiveDeadlineSeconds = 7530 }, running(),
			outcome{phase: v1alpha1.RunFailed, reason: v1alpha1.ReasonDriverLost,
				message: "the run's timeout has passed and no driver was left to end it: its Job has reached its own deadline of 2h5m30s"}, at(5), at(90)},
		{"exit code 100 of a run with a timeout, without a record", func(job *batchv1.Job) { force(job); exited("100")(job); *job.Spec.ActiveDeadlineSeconds = 7530 }, nil,
			outcome{phase: v1alpha1.RunFailed}, at(2), at(90)},
		{"on its way to failure", func(job *batchv1.Job) { ready(job); failureTarget(job) }, running(), outcome{phase: v1alpha1.RunRunning}, at(5), nil},
		{"a deadline without a cancel", func(job *batchv1.Job) { force(job); job.Annotations = nil }, running(),
			outcome{phase: v1alpha1.RunFailed, reason: v1alpha1.ReasonDriverLost,
				message: "the driver ended without a verdict: Job was active longer than specified deadline"}, at(5), at(90)},
		{"verdict, and the Job never ends", nil, verdict(v1alpha1.RunFailed, v1alpha1.ReasonStepFailed, "step b"),
			outcome{phase: v1alpha1.RunFailed, reason: v1alpha1.ReasonStepFailed, message: "step b"}, at(5), at(80)},
		{"a condition that is not true", func(job *batchv1.Job) { complete(job); job.Status.Conditions[1].Status = corev1.ConditionFalse }, nil,
			outcome{phase: v1alpha1.RunPending}, nil, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := Summary(jobOf(t, tc.job), tc.head)
			if (outcome{phase: got.Phase, reason: got.Reason, message: got.Message}) != tc.want {
				t.Errorf("got %s/%s %q, want %+v", got.Phase, got.Reason, got.Message, tc.want)
			}
			if !got.StartedAt.Equal(tc.started) || !got.FinishedAt.Equal(tc.finished) {
				t.Errorf("started %v, finished %v; want %v, %v", got.StartedAt, got.FinishedAt, tc.started, tc.finished)
			}
			if got.Metadata.Name != "chain-1" || got.Metadata.UID != "uid" || got.Pipeline != "chain" || !got.CreatedAt.Equal(at(1)) {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// TestSteps: Pods win over a record that lags, a recorded end wins over Pods, and a step that neither knows waits.
func TestSteps(t *testing.T) {
	attempt := func(number int, phase v1alpha1.StepPhase) v1alpha1.AttemptStatus {
		return v1alpha1.AttemptStatus{Number: number, Phase: phase}
	}
	step := func(name string, phase v1alpha1.StepPhase, attempts ...v1alpha1.AttemptStatus) v1alpha1.StepStatus {
		return v1alpha1.StepStatus{Name: name, Phase: phase, Attempts: attempts}
	}
	const (
		waiting, pending, runs = v1alpha1.StepWaiting, v1alpha1.StepPending, v1alpha1.StepRunning
		ok, bad, skipped       = v1alpha1.StepSucceeded, v1alpha1.StepFailed, v1alpha1.StepSkipped
	)
	for _, tc := range []struct {
		name   string
		record []v1alpha1.StepStatus
		pods   []v1alpha1.StepStatus
		want   []v1alpha1.StepStatus
	}{
		{"nothing known", nil, nil, []v1alpha1.StepStatus{step("a", waiting), step("b", waiting), step("c", waiting)}},
		{"Pods alone", nil, []v1alpha1.StepStatus{step("b", "", attempt(1, runs)), step("a", "", attempt(1, ok))},
			[]v1alpha1.StepStatus{step("a", ok, attempt(1, ok)), step("b", runs, attempt(1, runs)), step("c", waiting)}},
		{"Pods gone", []v1alpha1.StepStatus{step("a", ok, attempt(1, ok)), step("b", skipped)}, nil,
			[]v1alpha1.StepStatus{step("a", ok, attempt(1, ok)), step("b", skipped), step("c", waiting)}},
		{"the record lags", []v1alpha1.StepStatus{step("a", pending, attempt(1, pending))}, []v1alpha1.StepStatus{step("a", "", attempt(1, runs))},
			[]v1alpha1.StepStatus{step("a", runs, attempt(1, runs)), step("b", waiting), step("c", waiting)}},
		{"a recorded end stays", []v1alpha1.StepStatus{step("a", bad, attempt(1, bad))}, []v1alpha1.StepStatus{step("a", "", attempt(1, runs))},
			[]v1alpha1.StepStatus{step("a", bad, attempt(1, bad)), step("b", waiting), step("c", waiting)}},
		{"a recorded end stays, whatever the Pod does yet", []v1alpha1.StepStatus{step("a", v1alpha1.StepCancelled, attempt(1, runs))}, []v1alpha1.StepStatus{step("a", "", attempt(1, bad))},
			[]v1alpha1.StepStatus{step("a", v1alpha1.StepCancelled, attempt(1, runs)), step("b", waiting), step("c", waiting)}},
		{"a later attempt", []v1alpha1.StepStatus{step("a", waiting, attempt(1, bad))}, []v1alpha1.StepStatus{step("a", "", attempt(2, runs))},
			[]v1alpha1.StepStatus{step("a", runs, attempt(1, bad), attempt(2, runs)), step("b", waiting), step("c", waiting)}},
		{"an earlier attempt that the record lacks", []v1alpha1.StepStatus{step("a", runs, attempt(2, runs))}, []v1alpha1.StepStatus{step("a", "", attempt(1, bad))},
			[]v1alpha1.StepStatus{step("a", runs, attempt(1, bad), attempt(2, runs)), step("b", waiting), step("c", waiting)}},
		{"an attempt's recorded end stays", []v1alpha1.StepStatus{step("a", runs, attempt(1, bad))}, []v1alpha1.StepStatus{step("a", "", attempt(1, runs), attempt(2, pending))},
			[]v1alpha1.StepStatus{step("a", pending, attempt(1, bad), attempt(2, pending)), step("b", waiting), step("c", waiting)}},
		{"a step that the plan does not have", nil, []v1alpha1.StepStatus{step("z", "", attempt(1, runs))},
			[]v1alpha1.StepStatus{step("a", waiting), step("b", waiting), step("c", waiting), step("z", runs, attempt(1, runs))}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			k := Snapshot{Job: jobOf(t, nil), StepPods: tc.pods, Now: begin}
			if tc.record != nil {
				k.Record = &record.Record{Head: *running(), Steps: tc.record}
			}
			before := encode(t, k.Record, k.StepPods)
			got := Of(k).Steps
			for i := range got {
				want := map[string][]string{"b": {"a"}, "c": {"b"}}[got[i].Name]
				if !reflect.DeepEqual(got[i].Needs, want) {
					t.Errorf("step %s needs %v, want %v", got[i].Name, got[i].Needs, want)
				}
				got[i].Needs = nil
			}
			if encode(t, got) != encode(t, tc.want) {
				t.Errorf("got %s\nwant %s", encode(t, got), encode(t, tc.want))
			}
			if encode(t, k.Record, k.StepPods) != before {
				t.Error("Assemble wrote to what it was given")
			}
		})
	}
}

func encode(t *testing.T, v ...any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestForeignPlan: a plan that cannot be read hides nothing that has happened.
func TestForeignPlan(t *testing.T) {
	for name, plan := range map[string]string{"none": "", "garbage": "\x00{", "cut": "H4sIAAAA"} {
		job := jobOf(t, func(job *batchv1.Job) { job.Spec.Template.Annotations[v1alpha1.AnnotationPlan] = plan })
		got := Of(Snapshot{Job: job, Now: begin, Record: &record.Record{Head: *running()}, StepPods: []v1alpha1.StepStatus{{Name: "x", Attempts: []v1alpha1.AttemptStatus{{Number: 1, Phase: v1alpha1.StepRunning}}}}})
		if len(got.Steps) != 1 || got.Steps[0].Name != "x" || got.Phase != v1alpha1.RunRunning {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}

func TestCancelIsTold(t *testing.T) {
	job := jobOf(t, func(job *batchv1.Job) {
		job.Annotations = map[string]string{v1alpha1.AnnotationCancel: "2026-03-01T12:01:00Z"}
	})
	if got := Of(Snapshot{Job: job, Now: begin}).Message; got != "a cancel was asked for at 2026-03-01T12:01:00Z" {
		t.Errorf("got %q", got)
	}
	job.Annotations[v1alpha1.AnnotationCancelGrace] = "2h"
	if got := Of(Snapshot{Job: job, Now: begin}).Message; got != "a cancel was asked for at 2026-03-01T12:01:00Z, with a grace of 2h" {
		t.Errorf("got %q", got)
	}
}

// TestStarting: what events say of a Pod that has no word of its own, or only that of its queue, is the attempt's message, and its
// step's. A Pod without a node may wait for a claim.
func TestStarting(t *testing.T) {
	attempt := func(pod string, change func(*v1alpha1.AttemptStatus)) v1alpha1.StepStatus {
		a := v1alpha1.AttemptStatus{Number: 1, Pod: pod, Phase: v1alpha1.StepPending, ScheduledAt: at(1)}
		if change != nil {
			change(&a)
		}
		return v1alpha1.StepStatus{Name: pod, Attempts: []v1alpha1.AttemptStatus{a}}
	}
	starting := map[string]string{}
	for _, pod := range []string{"a", "b", "c", "d", "e"} {
		starting[pod] = "FailedMount: no"
	}
	k := Snapshot{Job: jobOf(t, nil), Now: begin, Starting: starting, StepPods: []v1alpha1.StepStatus{
		attempt("a", nil),
		attempt("b", func(a *v1alpha1.AttemptStatus) { a.Message = "its own" }),
		attempt("c", func(a *v1alpha1.AttemptStatus) { a.ScheduledAt = nil }),
		attempt("d", func(a *v1alpha1.AttemptStatus) { a.Phase = v1alpha1.StepRunning }),
		attempt("e", func(a *v1alpha1.AttemptStatus) { a.Message, a.Queued = "queued", true }),
	}}
	want := map[string]string{"a": "FailedMount: no", "b": "its own", "c": "FailedMount: no", "e": "FailedMount: no"}
	for _, s := range Of(k).Steps {
		if s.Message != want[s.Name] || s.Attempts[0].Message != want[s.Name] {
			t.Errorf("step %s: %q, its attempt %q; want %q", s.Name, s.Message, s.Attempts[0].Message, want[s.Name])
		}
	}
}

// TestLogsAreTheDriversAlone: what the record keeps of logs is not shown, and stays in the record.
func TestLogsAreTheDriversAlone(t *testing.T) {
	record := record.Record{
		Head: record.Head{Phase: v1alpha1.RunRunning, StepCount: 1},
		Steps: []v1alpha1.StepStatus{{Name: "a", Phase: v1alpha1.StepFailed, Attempts: []v1alpha1.AttemptStatus{
			{Number: 1, Phase: v1alpha1.StepFailed, Log: &v1alpha1.LogStatus{Open: true, Tail: "bye"}},
		}}},
	}
	run := Of(Snapshot{Job: jobOf(t, nil), Record: &record, Now: begin})
	if got := run.Steps[0].Attempts[0]; got.Log != nil || got.Phase != v1alpha1.StepFailed {
		t.Errorf("got %+v", got)
	}
	if record.Steps[0].Attempts[0].Log == nil {
		t.Error("the record was written to")
	}
}

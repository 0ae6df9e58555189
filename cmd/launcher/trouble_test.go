package main

import (
	"strings"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// stuckDriver is a driver's Pod that should have been gone for two minutes.
func stuckDriver() corev1.Pod {
	return corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "driver-1", Namespace: "ml", UID: "uid-driver-1", DeletionTimestamp: at(60), Finalizers: []string{batchv1.JobTrackingFinalizer}},
		Spec:       corev1.PodSpec{NodeName: "node-1"},
		Status:     corev1.PodStatus{Phase: corev1.PodRunning},
	}
}

// pendingOn is a step whose Pod has not started; an empty node is none yet.
func pendingOn(step, node string, reason v1alpha1.Reason, message string) v1alpha1.StepStatus {
	a := v1alpha1.AttemptStatus{Number: 1, Pod: "pod-" + step, Node: node, Phase: v1alpha1.StepPending, Reason: reason, Message: message, CreatedAt: at(2)}
	if node != "" {
		a.ScheduledAt = at(3)
	}
	return v1alpha1.StepStatus{Name: step, Attempts: []v1alpha1.AttemptStatus{a}}
}

// command is a command line and the exit code that it is to have.
type command struct {
	code int
	args string
}

// doAll does commands and holds their exit codes.
func (d *desk) doAll(t *testing.T, commands ...command) {
	t.Helper()
	for _, c := range commands {
		if got := d.do(t, "", strings.Fields(c.args)...); got.code != c.code {
			t.Errorf("%s: exit code %d, want %d\n%s", c.args, got.code, c.code, got.stderr)
		}
	}
}

// TestStuckDriver: whatever shows the run says how to go on, and recover does it.
func TestStuckDriver(t *testing.T) {
	d := newDesk()
	d.run(t.Context(), iris, "submit", "-", "--name", "iris-1")
	d.cluster.DriverPodsOf["uid-iris-1"] = []corev1.Pod{stuckDriver()}
	one := int32(1)
	d.cluster.JobsByName["iris-1"].Status.Terminating = &one
	d.doAll(t, command{0, "get iris-1"}, command{0, "list"}, command{0, "list -o wide"}, command{0, "list -o name"}, command{0, "recover iris-1 --context prod"})
	d.cluster.JobsByName["iris-1"].Status.Terminating = nil
	d.doAll(t, command{0, "recover iris-1"}, command{0, "list"}, command{2, "recover"}, command{2, "recover iris-1 iris-2"}, command{3, "recover iris-2"})
	end(d.cluster.JobsByName["iris-1"], 101)
	d.doAll(t, command{0, "recover iris-1"})
	d.golden(t, "stuck-driver")
}

// TestLostDriver: the run has Failed, and what it left running is not forgotten.
func TestLostDriver(t *testing.T) {
	d := newDesk()
	d.run(t.Context(), iris, "submit", "-", "--name", "iris-1")
	job := d.cluster.JobsByName["iris-1"]
	job.Status.Conditions = []batchv1.JobCondition{{
		Type: batchv1.JobFailed, Status: corev1.ConditionTrue, Reason: batchv1.JobReasonBackoffLimitExceeded,
		Message: "Job has reached the specified backoff limit", LastTransitionTime: *at(100),
	}}
	d.cluster.StepPodsOf["uid-iris-1"] = []v1alpha1.StepStatus{pendingOn("load", "node-1", "", "")}
	d.cluster.LiveStepPods = 1
	d.doAll(t, command{0, "get iris-1"}, command{0, "list -o wide"}, command{1, "wait iris-1"}, command{0, "cancel iris-1 --force"})
	job.Status.Conditions[0].Reason = batchv1.JobReasonDeadlineExceeded
	deadline := int64(7500)
	job.Spec.ActiveDeadlineSeconds = &deadline
	d.cluster.StepPodsOf["uid-iris-1"] = nil
	d.doAll(t, command{0, "get iris-1"}, command{1, "wait iris-1"})
	d.golden(t, "lost-driver")
}

// TestCancelGrace takes durations, before and behind the run.
func TestCancelGrace(t *testing.T) {
	d := newDesk()
	d.run(t.Context(), iris, "submit", "-", "--name", "iris-1")
	d.doAll(t, command{2, "cancel iris-1 --grace"}, command{2, "cancel iris-1 --grace soon"}, command{2, "cancel iris-1 --grace=-1s"}, command{2, "cancel iris-1 --grace 5"})
	if calls := d.cluster.Calls(); !strings.HasPrefix(calls[len(calls)-1], "create ") {
		t.Errorf("bad input was half sent: %q", calls)
	}
	d.doAll(t, command{0, "cancel iris-1 --grace 1m"}, command{0, "cancel --grace=10s iris-1"}, command{0, "cancel iris-1 --grace 2h"}, command{0, "get iris-1"})
	d.golden(t, "cancel-grace")
}

// TestWhyWaiting: each step that does not get on has the reason, in the tree and in JSON.
func TestWhyWaiting(t *testing.T) {
	d := newDesk()
	d.run(t.Context(), iris, "submit", "-", "--name", "iris-1")
	d.cluster.RecordOf["uid-iris-1"] = &record.Record{Head: record.Head{Version: 1, Phase: v1alpha1.RunRunning, StartedAt: at(5)}}
	d.cluster.StepPodsOf["uid-iris-1"] = []v1alpha1.StepStatus{
		pendingOn("load", "", "", "no node takes it: 0/2 nodes are available: 2 Insufficient memory."),
		pendingOn("train-a", "node-1", v1alpha1.ReasonImagePull, "image x of main cannot be pulled: not found"),
		pendingOn("train-b", "node-1", "", ""),
		pendingOn("evaluate", "", "", `it waits for its turn in the Kueue queue "gpu"`),
	}
	d.cluster.PodEventsOf["pod-train-b"] = []corev1.Event{{
		Type: corev1.EventTypeWarning, Reason: "FailedMount", Message: "MountVolume.SetUp failed for volume \"v\" : configmap \"nope\" not found",
		LastTimestamp: *at(100), Source: corev1.EventSource{Component: "kubelet"},
	}}
	d.doAll(t, command{0, "get iris-1"}, command{0, "get iris-1 -o json"})
	d.golden(t, "why-waiting")
}

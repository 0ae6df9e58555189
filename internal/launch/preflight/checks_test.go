package preflight_test

import (
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/client"
	"github.com/stepherd/stepherd/internal/launch/launchtest"
)

// TestDistinctPods: steps whose Pods differ in name, command and args alone are tried once.
func TestDistinctPods(t *testing.T) {
	b := launchtest.NewBench()
	if _, err := b.Submit(t.Context(), launchtest.Submission(t, "r")); err != nil {
		t.Fatal(err)
	}
	calls := b.Cluster.Calls()
	slices.Sort(calls)
	if got := strings.Join(calls, ", "); got != "create r, try a, try c, try the driver" {
		t.Errorf("got %s", got)
	}
}

// TestAllFindings: what is wrong is told at once.
func TestAllFindings(t *testing.T) {
	b := launchtest.NewBench()
	b.Cluster.Minor = 20
	b.Cluster.Refuse = func(pod *corev1.Pod) error {
		return &launchtest.Error{Kind: launchtest.Refused, Text: strings.TrimSuffix("no "+pod.Labels[v1alpha1.LabelStep], " ")}
	}
	_, err := b.Submit(t.Context(), launchtest.Submission(t, "r"))
	const want = "the cluster runs Kubernetes 1.20; 1.31 or later is needed\n" +
		"the driver: the cluster refuses its Pod: no\n" +
		`step "a" and 1 other: the cluster refuses its Pod: no a` + "\n" + `step "c": the cluster refuses its Pod: no c`
	if err == nil || err.Error() != want || client.ClassOf(err) != client.ClassCluster {
		t.Errorf("got %v", err)
	}
	if got := strings.Join(b.Cluster.Calls(), ", "); strings.Contains(got, "create") {
		t.Errorf("something was created: %s", got)
	}
}

// TestQuotaNow: a quota that is used up at the moment stops no submit; the driver waits for room.
func TestQuotaNow(t *testing.T) {
	b := launchtest.NewBench()
	b.Cluster.Refuse = func(*corev1.Pod) error { return &launchtest.Error{Kind: launchtest.Quota, Text: "exceeded quota: q"} }
	if _, err := b.Submit(t.Context(), launchtest.Submission(t, "r")); err != nil {
		t.Fatal(err)
	}
	if got := b.Err.String(); strings.Count(got, `note: the driver, step "a" and 2 others: its Pod would have to wait for room in a quota now: exceeded quota: q`+"\n") != 1 {
		t.Errorf("stderr: %s", got)
	}
}

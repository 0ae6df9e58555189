package lookup_test

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/launch/launchtest"
)

// TestGetStarting asks for the events of Pods that need it, and of no more than a few.
func TestGetStarting(t *testing.T) {
	b := launchtest.Begun(t)
	b.Pending("a", launchtest.OnNode)
	b.Pending("b", launchtest.Says("", "its own"))
	for i := range 100 {
		b.Pending(fmt.Sprintf("s%d", i), launchtest.OnNode)
	}
	b.Cluster.PodEventsOf["pod-a"] = []corev1.Event{{Type: corev1.EventTypeWarning, Reason: "FailedMount", Message: "no", Source: corev1.EventSource{Component: "kubelet"}}}
	counting := b.CountEvents(0)
	run, _, err := b.Get(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	if got := run.Steps[0]; got.Message != "FailedMount: no" || run.Steps[1].Message != "its own" {
		t.Errorf("got %+v", got)
	}
	if asked := counting.Asked(); len(asked) != 8 || asked["pod-b"] != 0 {
		t.Errorf("asked for the events of %v", asked)
	}
	b.Cluster.Fail["PodEvents"] = launchtest.MayNot("list", "events", "ml")
	if run, _, err := b.Get(t.Context(), "r"); err != nil || run.Steps[0].Message != "" {
		t.Errorf("without the right: %q, %v", run.Steps[0].Message, err)
	}
}

package lookup_test

import (
	"strings"
	"testing"

	"github.com/stepherd/stepherd/internal/launch/launchtest"
)

// TestReadingTellsAllFaults: Record, step Pods and the driver's Pods are read side by side, and what is missing of each is told.
func TestReadingTellsAllFaults(t *testing.T) {
	b := launchtest.Begun(t)
	b.Cluster.Fail["Record"] = launchtest.MayNot("get", "configmaps", "ml")
	b.Cluster.Fail["StepPods"] = &launchtest.Error{Kind: launchtest.Weather, Text: "timeout"}
	b.Cluster.Fail["DriverPods"] = launchtest.MayNot("list", "pods", "ml")
	_, _, err := b.Get(t.Context(), "r")
	if err == nil {
		t.Fatal("no error")
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != 3 || !strings.Contains(lines[0], "may not get configmaps") || !strings.Contains(lines[1], "may not list pods") ||
		lines[2] != "the cluster cannot be asked: timeout" {
		t.Errorf("got\n%v", err)
	}
}

// TestListTellsAllFaults: so does a list.
func TestListTellsAllFaults(t *testing.T) {
	b := launchtest.Begun(t)
	b.Cluster.Fail["EachJob"] = launchtest.MayNot("list", "jobs", "ml")
	b.Cluster.Fail["RecordHeads"] = &launchtest.Error{Kind: launchtest.Weather, Text: "timeout"}
	_, err := b.List(t.Context())
	if err == nil || !strings.HasPrefix(err.Error(), "you may not list jobs") || !strings.HasSuffix(err.Error(), "\nthe cluster cannot be asked: timeout") {
		t.Errorf("got %v", err)
	}
}

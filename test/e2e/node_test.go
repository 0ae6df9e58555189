//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/test/harness"
)

// lossCluster is a cluster of its own, whose nodes this test takes away.
type lossCluster struct {
	t    *testing.T
	name string
	ns   harness.Namespace
}

func newLossCluster(t *testing.T) lossCluster {
	t.Helper()
	c := lossCluster{t: t, name: *harness.ClusterName + "-loss"}
	t.Cleanup(func() { c.localcluster("down") })
	c.localcluster("up", "--nodes", "3")
	c.localcluster("load", harness.Bin("driver-image.tar"))
	c.ns = harness.Namespace{Name: "loss", Kubeconfig: strings.TrimSpace(c.localcluster("kubeconfig"))}
	c.localcluster("kubectl", "--", "create", "namespace", c.ns.Name)
	c.localcluster("kubectl", "--", "apply", "-n", c.ns.Name, "-k", filepath.Join(harness.Root, "deploy"))
	return c
}

func (c lossCluster) localcluster(verb string, args ...string) string {
	c.t.Helper()
	got := harness.Command(c.t, nil, "", harness.Bin("localcluster"), append([]string{verb, "--name", c.name}, args...)...)
	if got.Code != 0 {
		c.t.Fatalf("localcluster %s %s: exit code %d\n%s%s", verb, strings.Join(args, " "), got.Code, got.Stdout, got.Stderr)
	}
	return got.Stdout
}

func (c lossCluster) node(verb, name string) {
	c.t.Helper()
	got := harness.Command(c.t, nil, "", harness.Bin("localcluster"), "node", verb, name, "--name", c.name)
	if got.Code != 0 {
		c.t.Fatalf("localcluster node %s %s: exit code %d\n%s%s", verb, name, got.Code, got.Stdout, got.Stderr)
	}
}

// prefers is a podSettings that goes to a node as long as it is there.
func prefers(node string) string {
	return fmt.Sprintf("podSettings: {affinity: {nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: "+
		"[{weight: 100, preference: {matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [%s]}]}}]}}}", node)
}

// long is a pipeline of one step that takes 45 s.
func long(name, driverNode, stepNode string) string {
	return harness.Pipeline(name, fmt.Sprintf("driver: {%s}\n", prefers(driverNode))+harness.Busybox+
		fmt.Sprintf("steps:\n  - {name: long, command: [sleep, \"45\"], settings: {%s, retry: {backoff: {duration: 1s}}}}\n", prefers(stepNode)))
}

// TestNodesLost takes two nodes away from three runs: one that dies with a step on it, one that is cut off with a step on it, whose program
// goes on and ends well unseen, and with the driver of another run. Then both come back.
func TestNodesLost(t *testing.T) {
	t.Parallel()
	c := newLossCluster(t)
	dead := c.ns.Submit(t, long("dead", "node-1", "node-2"))
	cut := c.ns.Submit(t, long("cut", "node-1", "node-3"))
	driver := c.ns.Submit(t, long("driver", "node-3", "node-1"))
	for run, node := range map[string]string{dead: "node-2", cut: "node-3", driver: "node-1"} {
		harness.Eventually(t, "the step of "+run+" runs on "+node, func() bool {
			s := harness.Step(t, c.ns.Get(t, run), "long")
			return s.Phase == v1alpha1.StepRunning && s.Attempts[0].Node == node
		})
	}
	c.node("stop", "node-2")
	c.node("cut", "node-3")
	lost := time.Now()

	for _, run := range []string{dead, cut} {
		harness.Eventually(t, "the step of "+run+" runs elsewhere", func() bool {
			s := harness.Step(t, c.ns.Get(t, run), "long")
			return len(s.Attempts) == 2 && s.Attempts[1].Phase == v1alpha1.StepRunning && s.Attempts[1].Node == "node-1"
		})
		took := time.Since(lost)
		t.Logf("a lost node: the step of %s runs elsewhere after %.0f s", run, took.Seconds())
		if took > 150*time.Second {
			t.Errorf("the step of %s runs elsewhere only after %s", run, took)
		}
	}
	harness.Eventually(t, "get says what to do about the driver", func() bool {
		got := c.ns.Launcher(t, "get", driver)
		return strings.Contains(got.Stdout+got.Stderr, "launcher recover "+driver)
	})
	t.Logf("a lost driver: get says so after %.0f s", time.Since(lost).Seconds())
	if got := c.ns.Launcher(t, "recover", driver); got.Code != 0 {
		t.Fatalf("recover: exit code %d\n%s", got.Code, got.Stderr)
	}
	if got := c.ns.Wait(t, driver); got.Code != 0 {
		t.Fatalf("wait %s: exit code %d\n%s%s", driver, got.Code, got.Stdout, got.Stderr)
	}
	t.Logf("a lost driver: the run has ended after %.0f s", time.Since(lost).Seconds())

	c.node("start", "node-2")
	c.node("join", "node-3")
	for _, run := range []string{dead, cut} {
		if got := c.ns.Wait(t, run); got.Code != 0 {
			t.Fatalf("wait %s: exit code %d\n%s%s", run, got.Code, got.Stdout, got.Stderr)
		}
	}
	harness.Eventually(t, "the nodes have cleared up what was deleted", func() bool {
		return !strings.Contains(c.localcluster("kubectl", "--", "get", "pods", "-n", c.ns.Name), "Terminating")
	})
	for _, run := range []string{dead, cut} {
		r := c.ns.Get(t, run)
		s := harness.Step(t, r, "long")
		if len(s.Attempts) != 2 || s.Attempts[0].Reason != v1alpha1.ReasonNodeLost || s.Attempts[1].Phase != v1alpha1.StepSucceeded {
			text, _ := json.MarshalIndent(s, "", "  ")
			t.Errorf("the step of %s was lost once and then succeeded; get says\n%s", run, text)
		}
	}
	if s := harness.Step(t, c.ns.Get(t, driver), "long"); len(s.Attempts) != 1 {
		t.Errorf("the loss of the driver disturbed its step: %+v", s.Attempts)
	}
}

//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// lossCluster is a cluster of its own, whose nodes this test takes away.
type lossCluster struct {
	t    *testing.T
	name string
	ns   namespace
}

func newLossCluster(t *testing.T) lossCluster {
	t.Helper()
	c := lossCluster{t: t, name: *clusterName + "-loss"}
	t.Cleanup(func() { c.localcluster("down") })
	c.localcluster("up", "--nodes", "3")
	c.localcluster("load", bin("driver-image.tar"))
	c.ns = namespace{name: "loss", kubeconfig: strings.TrimSpace(c.localcluster("kubeconfig"))}
	c.localcluster("kubectl", "--", "create", "namespace", c.ns.name)
	c.localcluster("kubectl", "--", "apply", "-n", c.ns.name, "-k", filepath.Join(root, "deploy"))
	return c
}

func (c lossCluster) localcluster(verb string, args ...string) string {
	c.t.Helper()
	got := command(c.t, os.Environ(), "", bin("localcluster"), append([]string{verb, "--name", c.name}, args...)...)
	if got.code != 0 {
		c.t.Fatalf("localcluster %s %s: exit code %d\n%s%s", verb, strings.Join(args, " "), got.code, got.stdout, got.stderr)
	}
	return got.stdout
}

func (c lossCluster) node(verb, name string) {
	c.t.Helper()
	got := command(c.t, os.Environ(), "", bin("localcluster"), "node", verb, name, "--name", c.name)
	if got.code != 0 {
		c.t.Fatalf("localcluster node %s %s: exit code %d\n%s%s", verb, name, got.code, got.stdout, got.stderr)
	}
}

// prefers is a podSettings that goes to a node as long as it is there.
func prefers(node string) string {
	return fmt.Sprintf("podSettings: {affinity: {nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: "+
		"[{weight: 100, preference: {matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [%s]}]}}]}}}", node)
}

// long is a pipeline of one step that takes 45 s.
func long(name, driverNode, stepNode string) string {
	return pipeline(name, fmt.Sprintf("driver: {%s}\n", prefers(driverNode))+busybox+
		fmt.Sprintf("steps:\n  - {name: long, command: [sleep, \"45\"], settings: {%s, retry: {backoff: {duration: 1s}}}}\n", prefers(stepNode)))
}

// TestNodesLost takes two nodes away from three runs: one that dies with a step on it, one that is cut off with a step on it, whose program
// goes on and ends well where nobody sees it, and with the driver of another run. Then both come back.
func TestNodesLost(t *testing.T) {
	t.Parallel()
	c := newLossCluster(t)
	dead := c.ns.submit(t, long("dead", "node-1", "node-2"))
	cut := c.ns.submit(t, long("cut", "node-1", "node-3"))
	driver := c.ns.submit(t, long("driver", "node-3", "node-1"))
	for run, node := range map[string]string{dead: "node-2", cut: "node-3", driver: "node-1"} {
		eventually(t, "the step of "+run+" runs on "+node, func() bool {
			s := step(t, c.ns.get(t, run), "long")
			return s.Phase == v1alpha1.StepRunning && s.Attempts[0].Node == node
		})
	}
	c.node("stop", "node-2")
	c.node("cut", "node-3")
	lost := time.Now()

	for _, run := range []string{dead, cut} {
		eventually(t, "the step of "+run+" runs elsewhere", func() bool {
			s := step(t, c.ns.get(t, run), "long")
			return len(s.Attempts) == 2 && s.Attempts[1].Phase == v1alpha1.StepRunning && s.Attempts[1].Node == "node-1"
		})
		took := time.Since(lost)
		t.Logf("a lost node: the step of %s runs elsewhere after %.0f s", run, took.Seconds())
		if took > 150*time.Second {
			t.Errorf("the step of %s runs elsewhere only after %s", run, took)
		}
	}
	eventually(t, "get says what to do about the driver", func() bool {
		got := c.ns.launcher(t, "get", driver)
		return strings.Contains(got.stdout+got.stderr, "launcher recover "+driver)
	})
	t.Logf("a lost driver: get says so after %.0f s", time.Since(lost).Seconds())
	if got := c.ns.launcher(t, "recover", driver); got.code != 0 {
		t.Fatalf("recover: exit code %d\n%s", got.code, got.stderr)
	}
	if got := c.ns.wait(t, driver); got.code != 0 {
		t.Fatalf("wait %s: exit code %d\n%s%s", driver, got.code, got.stdout, got.stderr)
	}
	t.Logf("a lost driver: the run has ended after %.0f s", time.Since(lost).Seconds())

	c.node("start", "node-2")
	c.node("join", "node-3")
	for _, run := range []string{dead, cut} {
		if got := c.ns.wait(t, run); got.code != 0 {
			t.Fatalf("wait %s: exit code %d\n%s%s", run, got.code, got.stdout, got.stderr)
		}
	}
	eventually(t, "the nodes have cleared up what was deleted", func() bool {
		return !strings.Contains(c.localcluster("kubectl", "--", "get", "pods", "-n", c.ns.name), "Terminating")
	})
	for _, run := range []string{dead, cut} {
		r := c.ns.get(t, run)
		s := step(t, r, "long")
		if len(s.Attempts) != 2 || s.Attempts[0].Reason != v1alpha1.ReasonNodeLost || s.Attempts[1].Phase != v1alpha1.StepSucceeded {
			text, _ := json.MarshalIndent(s, "", "  ")
			t.Errorf("the step of %s was lost once and then succeeded; get says\n%s", run, text)
		}
	}
	if s := step(t, c.ns.get(t, driver), "long"); len(s.Attempts) != 1 {
		t.Errorf("the loss of the driver disturbed its step: %+v", s.Attempts)
	}
}

//go:build cluster

package main_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stepherd/stepherd/test/localcluster/proc"
)

// fails runs a command that has to end with this exit code, and returns what it printed.
func (c cluster) fails(code int, args ...string) string {
	c.t.Helper()
	out, err := c.command(context.Background(), args...).CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != code {
		c.t.Fatalf("%v: %v, want exit code %d\n%s", args, err, code, out)
	}
	return string(out)
}

// says runs a command that has to succeed and to print want.
func (c cluster) says(want string, args ...string) {
	c.t.Helper()
	if out := c.must(args...); !strings.Contains(out, want) {
		c.t.Errorf("%v says\n%swant %q", args, out, want)
	}
}

// together runs commands at the same time; all have to succeed.
func (c cluster) together(commands ...string) {
	c.t.Helper()
	var group sync.WaitGroup
	for _, command := range commands {
		group.Go(func() {
			start := time.Now()
			if out, err := c.command(context.Background(), strings.Fields(command)...).CombinedOutput(); err != nil {
				c.t.Errorf("%s: %v\n%s", command, err, out)
			}
			c.t.Logf("%s, at the same time: %.1f s", command, time.Since(start).Seconds())
		})
	}
	group.Wait()
	if c.t.Failed() {
		c.t.FailNow()
	}
}

func (c cluster) get(object, path string) string {
	c.t.Helper()
	return c.must("kubectl", "--", "get", object, "-o", "jsonpath={"+path+"}")
}

// life tells one life of a Pod's main process from another: the id of its container as Kubernetes has
// it, and when its first process was started as the kernel has it.
func (c cluster) life(pod string) string {
	c.t.Helper()
	stat := strings.Fields(c.must("kubectl", "--", "exec", pod, "--", "cat", "/proc/1/stat"))
	return c.get("pod/"+pod, ".status.containerStatuses[0].containerID") + " since " + stat[21]
}

func (c cluster) waitForNodes(condition string) {
	c.t.Helper()
	c.must("kubectl", "--", "wait", "node", "--all", "--for=condition=Ready"+condition, "--timeout=150s")
}

// vanishes waits until a file is no longer there.
func (c cluster) vanishes(path string, within time.Duration) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	for {
		_, err := os.Stat(path)
		if errors.Is(err, os.ErrNotExist) {
			return
		}
		select {
		case <-ctx.Done():
			c.t.Errorf("%s is still there after %v", path, within)
			return
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// healthy holds that all is as an up leaves it.
func (c cluster) healthy() {
	c.t.Helper()
	if out := c.must("status"); strings.Contains(out, "stopped") || strings.Contains(out, "cut off") {
		c.t.Errorf("status says\n%s", out)
	}
	c.waitForNodes("")
}

func TestPartsStopAndStart(t *testing.T) {
	c := build(t, "verbs")
	c.must("down")
	before := machine(t)
	c.must("up", "--nodes", "2")
	c.startPods()

	t.Run("kubelet restart", func(t *testing.T) { testKubeletRestart(c.of(t)) })
	t.Run("a node dies while another is cut off", func(t *testing.T) { testLostNodes(c.of(t)) })
	t.Run("API server", func(t *testing.T) { testAPIServer(c.of(t)) })
	t.Run("an unknown node", func(t *testing.T) {
		c := c.of(t)
		for _, command := range []string{"node stop", "node start", "node cut", "node join", "kubelet restart"} {
			out := c.fails(2, append(strings.Fields(command), "node-3")...)
			if want := fmt.Sprintf("cluster %q has no node %q: it has node-1, node-2", c.Name, "node-3"); !strings.Contains(out, want) {
				t.Errorf("%s says %s", command, out)
			}
		}
	})
	t.Run("commands are killed", func(t *testing.T) { testKilledVerbs(c.of(t)) })
	t.Run("up brings all back", func(t *testing.T) {
		c := c.of(t)
		c.must("node", "cut", "node-1")
		c.must("node", "stop", "node-2")
		c.must("apiserver", "stop", "--kill")
		c.must("up")
		c.healthy()
		c.says("was up already", "up")
	})
	t.Run("log size", func(t *testing.T) {
		c := c.of(t)
		kubelet := c.process("kubelet-node-1")
		c.must("up", "--kubelet-log-max-size", "100Ki")
		if c.process("kubelet-node-1") == kubelet {
			t.Error("the kubelet was not restarted")
		}
		c.says("was up already", "up")
		c.says(`"containerLogMaxSize":"100Ki"`, "kubectl", "--", "get", "--raw", "/api/v1/nodes/node-1/proxy/configz")
	})
	t.Run("down with all away", func(t *testing.T) {
		c := c.of(t)
		c.must("node", "cut", "node-1")
		c.must("node", "stop", "node-2")
		c.must("apiserver", "stop", "--kill")
		c.must("down")
		c.mustBeGone("down")
	})
	if machine(t) != before {
		t.Errorf("the machine changed from\n%s\nto\n%s", before, machine(t))
	}
}

func testKubeletRestart(c cluster) {
	life, kubelet, containerd := c.life("stay-2"), c.process("kubelet-node-2"), c.process("containerd-node-2")
	c.must("kubelet", "restart", "node-2")
	if c.process("kubelet-node-2") == kubelet || c.process("containerd-node-2") != containerd {
		c.t.Error("not the kubelet alone was restarted")
	}
	c.runPod("after-restart", "node-2")
	if now := c.life("stay-2"); now != life {
		c.t.Errorf("the Pod's container was %s and is %s", life, now)
	}
}

func testAPIServer(c cluster) {
	life, kubeconfig := c.life("stay-1"), read(c.t, c.Kubeconfig())
	for _, stop := range [][]string{{"apiserver", "stop"}, {"apiserver", "stop", "--kill"}} {
		c.leavesOthersAlone(stop...)
		c.says("was stopped already", stop...)
		if out := c.fails(1, "kubectl", "--", "get", "nodes"); !strings.Contains(out, "refused") {
			c.t.Errorf("with the API server stopped kubectl says %s", out)
		}
		c.says("kube-apiserver           stopped", "status")
		c.must("kubelet", "restart", "node-2") // it can be healthy without an API server
		c.leavesOthersAlone("apiserver", "start")
		c.says("runs already", "apiserver", "start")
		c.waitForNodes("")
	}
	if now := c.life("stay-1"); now != life {
		c.t.Errorf("the Pod's container was %s and is %s", life, now)
	}
	if read(c.t, c.Kubeconfig()) != kubeconfig {
		c.t.Error("the kubeconfig is another")
	}
	c.healthy()
}

// leavesOthersAlone holds that a command on the API server is one on nothing else.
func (c cluster) leavesOthersAlone(command ...string) {
	c.t.Helper()
	others := func() (all []string) {
		for _, name := range []string{"etcd", "door", "containerd-node-1", "kubelet-node-1", "kube-proxy-node-1", "kubelet-node-2"} {
			all = append(all, fmt.Sprint(name, c.process(name)))
		}
		return all
	}
	were := others()
	c.must(command...)
	if now := others(); !slices.Equal(now, were) {
		c.t.Errorf("%v: the processes were %v and are %v", command, were, now)
	}
}

// testLostNodes loses both nodes at once, because Kubernetes takes most of a minute to notice.
func testLostNodes(c cluster) {
	c.runPod("orphan", "node-2")
	life, spec, node := c.life("stay-1"), read(c.t, c.SpecFile()), c.get("node/node-2", ".metadata.uid")
	folder := c.Dir("node-2", "var-lib/kubelet/pods", c.get("pod/orphan", ".metadata.uid"))
	if _, err := os.Stat(folder); err != nil {
		c.t.Fatal(err)
	}

	c.together("node stop node-2", "node cut node-1")
	c.says("node-2 was stopped already", "node", "stop", "node-2")
	c.says("node-1 was cut off already", "node", "cut", "node-1")
	if left, err := proc.Marked(c.Name, "node-2"); err != nil || len(left) > 0 {
		c.t.Errorf("on the dead node run %v, %v", left, err)
	}
	c.vanishes("/sys/fs/cgroup/memory"+c.NodeCgroup("node-2"), 0)
	for _, want := range []string{"node-1                   cut off", "node-2                   stopped", "kubelet-node-2           stopped", "kubelet-node-1           running"} {
		c.says(want, "status")
	}
	for _, command := range []string{"node cut node-2", "node join node-2", "kubelet restart node-2"} {
		if out := c.fails(1, strings.Fields(command)...); !strings.Contains(out, fmt.Sprintf("%q is stopped", c.Name)) {
			c.t.Errorf("%s says %s", command, out)
		}
	}
	c.says("nobody waited for node-1 to be Ready: node-1 is cut off", "node", "start", "node-1")
	c.waitForNodes("=Unknown")
	if now := c.get("node/node-2", ".metadata.uid"); now != node {
		c.t.Errorf("the Node object was %s and is %s", node, now)
	}
	c.must("kubectl", "--", "delete", "pod", "stay-2", "--wait=false")
	c.must("kubectl", "--", "delete", "pod", "orphan", "--force", "--grace-period=0")

	c.together("node start node-2", "node join node-1")
	c.healthy()
	c.says("node-2 runs already", "node", "start", "node-2")
	c.says("node-1 was on the network already", "node", "join", "node-1")
	if now := c.life("stay-1"); now != life {
		c.t.Errorf("on the node that was cut off the Pod's container was %s and is %s", life, now)
	}
	c.must("kubectl", "--", "wait", "pod/stay-2", "--for=delete", "--timeout=60s")
	c.vanishes(folder, time.Minute)
	c.runPod("after-return", "node-2")
	if now := read(c.t, c.SpecFile()); now != spec {
		c.t.Errorf("the state was\n%s\nand is\n%s", spec, now)
	}
}

func testKilledVerbs(c cluster) {
	for round := range 6 {
		c.killAfter(time.Duration(10+rand.IntN(120))*time.Millisecond, "node", "stop", "node-2")
		c.killAfter(time.Duration(10+rand.IntN(800))*time.Millisecond, "node", "start", "node-2")
		switch round % 4 {
		case 0:
			c.must("node", "start", "node-2")
		case 1:
			c.must("up")
		case 2:
			c.must("node", "stop", "node-2")
			c.must("node", "start", "node-2")
		default:
			c.together("node stop node-2", "kubelet restart node-1", "apiserver stop")
			c.together("apiserver start", "node start node-2")
		}
		c.waitForNodes("")
		c.runPod(fmt.Sprintf("round-%d", round), "node-2")
		c.healthy()
	}
}

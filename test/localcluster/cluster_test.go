//go:build cluster

// The tests in this file make real clusters. They need root and the Debian packages:
//
//	go test -tags cluster -run TestUpDownLeavesNothing -count 1 .
package main_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stepherd/stepherd/test/localcluster/plan"
	"github.com/stepherd/stepherd/test/localcluster/proc"
)

// cluster is the binary, always on the cluster of this test.
type cluster struct {
	plan.Instance
	t      *testing.T
	binary string
}

// build gives the cluster a name of its own, so that two test runs do not take each other's down.
func build(t *testing.T, prefix string) cluster {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	name := fmt.Sprintf("%s-%d", prefix, os.Getpid())
	c := cluster{Instance: plan.Instance{Name: name}, t: t, binary: filepath.Join(t.TempDir(), "localcluster")}
	if out, err := exec.Command("go", "build", "-ldflags=-s -w", "-o", c.binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	t.Cleanup(func() { _ = exec.Command(c.binary, "down", "--name", name).Run() })
	return c
}

// of is the same cluster in a subtest.
func (c cluster) of(t *testing.T) cluster {
	c.t = t
	return c
}

func (c cluster) command(ctx context.Context, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, c.binary, append([]string{"--name", c.Name}, args...)...)
}

// must runs a command that has to succeed, and returns what it printed.
func (c cluster) must(args ...string) string {
	c.t.Helper()
	start := time.Now()
	out, err := c.command(context.Background(), args...).CombinedOutput()
	if err != nil {
		c.t.Fatalf("%v: %v\n%s", args, err, out)
	}
	took := time.Since(start)
	c.t.Logf("%v: %.1f s", args, took.Seconds())
	if took > 10*time.Second {
		c.t.Logf("it says\n%s", out)
	}
	return string(out)
}

// killAfter starts a command and kills it with SIGKILL; it tells whether it was still at work.
func (c cluster) killAfter(d time.Duration, args ...string) bool {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	out, err := c.command(ctx, args...).CombinedOutput()
	if err != nil && ctx.Err() == nil {
		c.t.Fatalf("%v: %v\n%s", args, err, out)
	}
	c.t.Logf("%v: killed after %v: %v", args, d, err != nil)
	return err != nil
}

// remains lists everything that an instance can leave on the machine.
func remains(t *testing.T, i plan.Instance) []string {
	t.Helper()
	var found []string
	processes, err := proc.Marked(i.Name, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range processes {
		found = append(found, fmt.Sprintf("process %d: %s", p.PID, read(t, fmt.Sprintf("/proc/%d/cmdline", p.PID))))
	}
	for _, path := range []string{i.Dir(), i.LockFile()} {
		if _, err := os.Lstat(path); err == nil {
			found = append(found, "file "+path)
		}
	}
	for _, pattern := range []string{plan.NetnsRoot + "/lc-" + i.Name + "-*", "/sys/fs/cgroup" + i.Cgroup(), "/sys/fs/cgroup/*" + i.Cgroup()} {
		matches, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, matches...)
	}
	for line := range strings.Lines(read(t, "/proc/mounts")) {
		if strings.Contains(line, i.Dir()) || strings.Contains(line, "lc-"+i.Name) {
			found = append(found, "mount "+line)
		}
	}
	return append(found, strayInNamespaces(t, i)...)
}

// strayInNamespaces finds processes with a mount namespace in which the instance's folder is still
// mounted: a container's process carries no marker, but it cannot hide its file systems.
func strayInNamespaces(t *testing.T, i plan.Instance) []string {
	t.Helper()
	var found []string
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if _, err := strconv.Atoi(e.Name()); err != nil {
			continue
		}
		mounts, err := os.ReadFile(filepath.Join("/proc", e.Name(), "mountinfo"))
		if err == nil && strings.Contains(string(mounts), i.Dir()) {
			found = append(found, "process "+e.Name()+" in a namespace of the instance")
		}
	}
	return found
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Logf("read %s: %v", path, err)
	}
	return string(data)
}

func (c cluster) mustBeGone(when string) {
	c.t.Helper()
	if found := remains(c.t, c.Instance); len(found) > 0 {
		c.t.Fatalf("%s leaves\n%s", when, strings.Join(found, "\n"))
	}
}

// machine is what of the machine itself must not change.
func machine(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	for _, argv := range [][]string{{"ip", "-o", "link"}, {"ip", "route"}, {"iptables-save"}} {
		out, err := exec.Command(argv[0], argv[1:]...).Output()
		if err != nil {
			t.Fatalf("%v: %v", argv, err)
		}
		for line := range strings.Lines(string(out)) {
			if !strings.HasPrefix(line, "#") { // iptables-save prints the time
				b.WriteString(line)
			}
		}
	}
	for _, path := range []string{"vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops", "net/ipv4/ip_forward"} {
		b.WriteString(path + " " + read(t, "/proc/sys/"+path))
	}
	return b.String()
}

// startPods runs Pods that stay, one on each node.
func (c cluster) startPods() {
	c.t.Helper()
	for n := 1; n <= 2; n++ {
		c.runPod(fmt.Sprintf("stay-%d", n), plan.NodeName(n))
	}
}

// runPod runs a Pod that stays on a node.
func (c cluster) runPod(name, node string) {
	c.t.Helper()
	override := fmt.Sprintf(`{"spec":{"nodeName":%q}}`, node)
	c.must("kubectl", "--", "run", name, "--image=localcluster/busybox:1", "--overrides="+override, "--", "sleep", "1000")
	if out, err := c.command(context.Background(), "kubectl", "--", "wait", "pod/"+name, "--for=condition=Ready", "--timeout=60s").CombinedOutput(); err != nil {
		why, _ := c.command(context.Background(), "kubectl", "--", "describe", "pod", name).CombinedOutput()
		c.t.Fatalf("pod %s is not ready: %v\n%s%s", name, err, out, why)
	}
}

// process is a component that has to run.
func (c cluster) process(name string) proc.Identity {
	c.t.Helper()
	id, ok := proc.Recorded(c.Name, c.Record(name))
	if !ok {
		c.t.Fatalf("%s does not run", name)
	}
	return id
}

func TestUpDownLeavesNothing(t *testing.T) {
	c := build(t, "updown")
	c.must("down")
	before := machine(t)
	mark := []string{"--nodes", "2", "--label", "node-2:node.kubernetes.io/name=g", "--taint", "node-2:node.kubernetes.io/name=:NoSchedule"}
	up := append([]string{"up"}, mark...)

	t.Run("a whole life", func(t *testing.T) {
		c := c.of(t)
		c.must(up...)
		c.startPods()
		if again := c.must("up"); !strings.Contains(again, "was up already") {
			t.Errorf("a second up says\n%s", again)
		}
		if machine(t) != before {
			t.Errorf("the machine changed from\n%s\nto\n%s", before, machine(t))
		}
		c.must("down")
		c.mustBeGone("down")
		c.must("down")
		c.mustBeGone("a second down")
	})
	t.Run("labels, taints and dead components are put right", func(t *testing.T) {
		c := c.of(t)
		c.must(up...)
		c.must("kubectl", "--", "label", "node", "node-2", "node.kubernetes.io/name-")
		c.must("kubectl", "--", "taint", "node", "node-2", "node.kubernetes.io/name-")
		for _, process := range []string{"etcd", "kube-apiserver", "kubelet-node-2", "containerd-node-1", "door"} {
			proc.Kill(c.process(process))
		}
		if err := c.command(context.Background(), "status").Run(); err == nil {
			t.Error("status finds nothing wrong with dead components")
		}
		c.must("up")
		c.must("status")
		got := c.must("kubectl", "--", "get", "node", "node-2", "-o", `jsonpath={.metadata.labels.node\.kubernetes\.io/name} {.spec.taints}`)
		if want := `g [{"effect":"NoSchedule","key":"node.kubernetes.io/name"}]`; got != want {
			t.Errorf("node-2 has %s, want %s", got, want)
		}
		c.must("down")
		c.mustBeGone("down")
	})
	t.Run("up is killed", func(t *testing.T) {
		for round := range 12 {
			c := c.of(t)
			moment := 100 + rand.IntN(400) // namespaces and processes are being made
			if round >= 6 {
				moment = rand.IntN(5000) // up to Ready
			}
			c.killAfter(time.Duration(moment)*time.Millisecond, up...)
			if round%2 == 1 {
				c.must(up...) // as a user does again; one that was killed very early has not written down how many nodes there are to be
				c.startPods()
			}
			// A down that is killed at once has hardly begun; the next may be nearly done.
			c.killAfter(time.Duration(rand.IntN(200))*time.Millisecond, "down")
			c.must("down")
			c.mustBeGone("down after a killed up")
		}
	})
	if machine(t) != before {
		t.Errorf("the machine changed from\n%s\nto\n%s", before, machine(t))
	}
}

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/stepherd/stepherd/internal/retry"
	"github.com/stepherd/stepherd/test/rig"
)

// afterRecover is how long a run may take to go on after `launcher recover`, before the looking on ends.
const afterRecover = 3 * time.Minute

// rescue looks at a run now and then, and calls `launcher recover` when `launcher get` asks for it. Nothing else
// would let a run go on whose driver's Pod hangs on a node that does not answer.
func (h *herd) rescue(ctx context.Context, run string) {
	for retry.Sleep(ctx, lookAtRun) == nil {
		last, ok := h.lastDriver(run)
		node, stuck := h.stuckOn(ctx, run)
		if !ok || !stuck {
			continue
		}
		shown := time.Now()
		cut, isCut := h.harms.lostSince(node)
		if !isCut {
			h.ledger.say("%s is said to be stuck, but node %q is not cut off", run, node)
			cut = shown
		}
		before, _ := h.proof(run)
		got, err := h.launcher.Do(ctx, "", "recover", run)
		if err != nil || got.Code != 0 {
			h.ledger.say("launcher recover %s: exit code %d: %s", run, got.Code, got.Text())
			continue
		}
		became := h.ledger.does(recoverRun, fmt.Sprintf("%s, shown %.1f s after the cut: %s", run, shown.Sub(cut).Seconds(), got.Text()))
		h.seeGoingOn(ctx, run, last, cut, len(before), became)
	}
}

// lastDriver is the driver that was met last; it need not live any more.
func (h *herd) lastDriver(run string) (rig.Driver, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	d, ok := h.drivers[run]
	return d, ok
}

// find looks for drivers, and notes that they are there.
func (h *herd) find(cluster string) []rig.Driver {
	found := rig.FindDrivers(cluster, namespace)
	h.harms.sees(found)
	return found
}

// meet takes note of a new driver.
func (h *herd) meet(d rig.Driver) {
	h.mu.Lock()
	h.drivers[d.Run] = d
	h.mu.Unlock()
	h.keepLog(d)
}

// loseDrivers takes note of the runs whose drivers are on a node that is about to be cut off for long.
func (h *herd) loseDrivers(node string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for run, d := range h.drivers {
		if d.Node == node && h.alive[run] {
			h.cutOff[run] = true
		}
	}
}

// stuckOn asks the launcher, as a human would, whether and on what node a run's driver is stuck. That driver need not have
// been met: its Pod may never have started.
func (h *herd) stuckOn(ctx context.Context, run string) (node string, stuck bool) {
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	got, err := h.launcher.Do(ctx, "", "get", run)
	if err != nil {
		return "", false
	}
	return stuckNode(got.Text(), run)
}

// stuckNode reads it from what `launcher get` says.
func stuckNode(text, run string) (node string, stuck bool) {
	if m := stuckPod.FindStringSubmatch(text); m != nil {
		node = m[1]
	}
	return node, strings.Contains(text, "recover "+run)
}

var stuckPod = regexp.MustCompile(`is stuck on node ([^\s,]+),`)

// seeGoingOn measures, from the cut, when another driver works and when the next step starts: so long the run stood still.
func (h *herd) seeGoingOn(ctx context.Context, run string, last rig.Driver, cut time.Time, before int, became func(string, time.Duration)) {
	ctx, cancel := context.WithTimeout(ctx, afterRecover)
	defer cancel()
	for {
		if d, ok := h.lastDriver(run); ok && d.PodUID != last.PodUID {
			h.ledger.say("another driver of %s was at work on %s %.1f s after the cut", run, d.Node, time.Since(cut).Seconds())
			break
		}
		if retry.Sleep(ctx, lookEvery) != nil {
			became("no other driver came", 0)
			return
		}
	}
	starts := func(p []line) bool {
		for _, l := range p[min(before, len(p)):] {
			if l.what == saidStart {
				return true
			}
		}
		return false
	}
	if h.proofUntil(ctx, run, starts) != nil {
		became("another driver came, and no step started any more", time.Since(cut))
		return
	}
	became("a step of it started, counted from the cut", time.Since(cut))
}

// keepLog makes a second name for a driver's log: the kubelet removes the first with the Pod.
func (h *herd) keepLog(d rig.Driver) {
	copied := filepath.Join(h.cluster.dir(), "soak-logs", fmt.Sprintf("%s-%s.log", d.Run, d.Pod))
	if err := os.MkdirAll(filepath.Dir(copied), 0o755); err != nil {
		return // a log is of use only when something goes wrong
	}
	if os.Link(h.cluster.driverLog(d), copied) == nil {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.logs[d.Run] = append(h.logs[d.Run], copied)
	}
}

// writeTrouble writes all that is known of a run that went wrong.
func (h *herd) writeTrouble(ctx context.Context, r result) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	dir := filepath.Join(h.trouble, r.order.name)
	files := map[string]string{
		"problems.txt":  strings.Join(r.problems, "\n") + "\n",
		"pipeline.yaml": r.order.file,
	}
	for file, args := range map[string][]string{"run.json": {"-o", "json"}, "run.txt": nil} {
		got, _ := h.launcher.Do(ctx, "", append([]string{"get", r.order.name}, args...)...)
		files[file] = got.Stdout + got.Stderr
	}
	for file, args := range map[string][]string{
		"steps.yaml":   {"get", "pods", "-l", "stepherd.dev/run=" + r.order.name, "-o", "yaml"},
		"drivers.yaml": {"get", "pods", "-l", "batch.kubernetes.io/job-name=" + r.order.name, "-o", "yaml"},
		"job.yaml":     {"get", "job", r.order.name, "-o", "yaml"},
		"events.txt":   {"get", "events", "--sort-by=.lastTimestamp"},
	} {
		files[file], _ = h.cluster.Do(ctx, append([]string{"kubectl", "-n", namespace}, args...)...)
	}
	h.mu.Lock()
	logs := h.logs[r.order.name]
	h.mu.Unlock()
	for _, path := range append(logs[:len(logs):len(logs)], filepath.Join(h.cluster.proofDir(), r.order.name)) {
		text, _ := os.ReadFile(path)
		files[filepath.Base(path)] = string(text)
	}
	if err := writeAll(dir, files); err != nil {
		h.ledger.say("what is known of %s is not written: %v", r.order.name, err)
		return
	}
	h.ledger.say("what is known of %s is in %s", r.order.name, dir)
}

func writeAll(dir string, files map[string]string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

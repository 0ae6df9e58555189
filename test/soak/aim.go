package main

import (
	"context"
	"fmt"
	"slices"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/retry"
	"github.com/stepherd/stepherd/test/rig"
)

// harmDriver kills, stops or evicts the driver of a run. One on a node that is cut off is out of reach.
func (c *chaos) harmDriver(ctx context.Context, a action) {
	d, ok := c.waitForDriver(ctx, a)
	target := fmt.Sprintf("%s, process %d on %s", d.Run, d.PID, d.Node)
	if !ok {
		c.ledger.does(a.kind, "a driver")(nothingThere, 0)
		return
	}
	became := c.ledger.does(a.kind, target)
	if a.kind == stopDriver {
		c.wg.Go(func() { c.stopFor(ctx, d, a.lasts, became) })
		return
	}
	var err error
	if a.kind == killDriver {
		err = d.Signal(syscall.SIGKILL)
	} else {
		c.away.RLock()
		err = c.cluster.evictPod(ctx, d.Pod)
		c.away.RUnlock()
	}
	if err != nil {
		became(itHadEnded, 0)
		return
	}
	c.deaths[d.Run]++
	c.wg.Go(func() { c.seeReplaced(ctx, d, became) })
}

// stopFor stops a driver and lets it go on.
func (c *chaos) stopFor(ctx context.Context, d rig.Driver, lasts time.Duration, became func(string, time.Duration)) {
	if err := d.Signal(syscall.SIGSTOP); err != nil {
		became(itHadEnded, 0)
		return
	}
	defer c.harms.stops(d)()
	_ = retry.Sleep(ctx, lasts)
	if err := d.Signal(syscall.SIGCONT); err != nil {
		became("it was killed meanwhile", 0)
		return
	}
	became("it went on", lasts)
}

// seeReplaced waits until another driver works for the run, or the run is over.
func (c *chaos) seeReplaced(ctx context.Context, d rig.Driver, became func(string, time.Duration)) {
	begin := time.Now()
	for {
		if last, ok := c.herd.lastDriver(d.Run); ok && last.PodUID != d.PodUID && last.Alive() {
			became("another was at work", time.Since(begin))
			return
		}
		if !c.herd.live(d.Run) {
			became("the run had its verdict", 0)
			return
		}
		if retry.Sleep(ctx, lookEvery) != nil {
			became("the soak ended before another was at work", 0)
			return
		}
	}
}

// patience is how long somebody to be harmed is waited for.
const patience = 20 * time.Second

func (c *chaos) waitForDriver(ctx context.Context, a action) (rig.Driver, bool) {
	return waitFor(ctx, a, func() []rig.Driver {
		return slices.DeleteFunc(slices.Clone(c.lookout.drivers()), func(d rig.Driver) bool {
			_, cut := c.harms.lostSince(d.Node)
			tired := a.kind != stopDriver && !a.kind.big() && c.deaths[d.Run] >= maxDriverDeaths
			return cut || tired || !c.herd.live(d.Run) || !d.Alive()
		})
	})
}

// harmPod deletes or evicts a step Pod that is starting or running.
func (c *chaos) harmPod(ctx context.Context, a action) {
	c.away.RLock()
	defer c.away.RUnlock()
	pod, ok := waitFor(ctx, a, func() []corev1.Pod {
		pods, err := c.cluster.liveStepPods(ctx)
		if err != nil {
			return nil // it is asked again
		}
		return slices.DeleteFunc(pods, func(p corev1.Pod) bool { return c.blows[runOf(p)] >= maxBlows })
	})
	if !ok {
		c.ledger.does(a.kind, "a step Pod")(nothingThere, 0)
		return
	}
	c.blows[runOf(pod)]++
	became := c.ledger.does(a.kind, pod.Name+" on "+pod.Spec.NodeName)
	c.harms.strikes(a.kind, pod.Name)
	var err error
	switch a.kind {
	case evictPod:
		err = c.cluster.evictPod(ctx, pod.Name)
	case removePod:
		now := int64(0)
		err = c.cluster.deletePod(ctx, pod.Name, &now)
	default:
		err = c.cluster.deletePod(ctx, pod.Name, nil)
	}
	if err != nil {
		became(itHadEnded, 0)
		c.ledger.say("%v", err)
		return
	}
	c.herd.fates.add(pod.Name, became)
}

func runOf(pod corev1.Pod) string { return pod.Labels[v1alpha1.LabelRun] }

// waitFor waits for somebody to be there and chooses one.
func waitFor[T any](ctx context.Context, a action, there func() []T) (T, bool) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		if all := there(); len(all) > 0 {
			return all[a.choose(len(all))], true
		}
		if retry.Sleep(ctx, lookEvery) != nil {
			var none T
			return none, false
		}
	}
}

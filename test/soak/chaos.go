package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// maxDriverDeaths is how often a run's driver is killed or evicted. The Job controller doubles its wait before each new
// driver (10 s, 20 s, 40 s, ...): more of them only make a run wait.
const maxDriverDeaths = 3

// chaos does what a plan says.
type chaos struct {
	cluster *cluster
	ledger  *ledger
	harms   *harms
	lookout *lookout
	herd    *herd

	// away is held for writing while the API server is away on purpose, and for reading by what asks it for harm.
	away sync.RWMutex
	// deaths of drivers, by run; only the goroutine of small ones knows it.
	deaths map[string]int

	wg sync.WaitGroup
}

// run does all of the plan, or what of it comes before the context ends; then all is undone.
func (c *chaos) run(ctx context.Context, plan []action) {
	begin := time.Now()
	follow := func(big bool) {
		for _, a := range plan {
			if a.kind.big() != big {
				continue
			}
			if pause(ctx, time.Until(begin.Add(a.at))) != nil {
				return
			}
			c.do(ctx, a)
		}
	}
	c.wg.Go(func() { follow(true) })
	c.wg.Go(func() { follow(false) })
	c.wg.Wait()
}

func (c *chaos) do(ctx context.Context, a action) {
	switch a.kind {
	case killDriver, stopDriver, evictDriver:
		c.harmDriver(ctx, a)
	case deletePod, removePod, evictPod:
		c.harmPod(ctx, a)
	case stopAPIServer:
		c.stopAPIServer(ctx, a)
	case renewKubelet:
		node := nodeName(a.choose(2))
		c.timed(ctx, a.kind, node, "it was healthy again", "kubelet", "restart", node)
	case blinkNode, loseNode, loseDriver:
		c.cutNode(ctx, a)
	}
}

func nodeName(i int) string { return fmt.Sprintf("node-%d", i+1) }

// timed does one verb.
func (c *chaos) timed(ctx context.Context, k kind, target, done string, words ...string) {
	became, begin := c.ledger.does(k, target), time.Now()
	if _, err := c.cluster.do(context.WithoutCancel(ctx), words...); err != nil {
		became(itFailed, 0)
		c.ledger.say("trouble: %v", err)
		return
	}
	became(done, time.Since(begin))
}

// stopAPIServer stops it as its machine would, or, every other time, as a crash would.
func (c *chaos) stopAPIServer(ctx context.Context, a action) {
	c.away.Lock()
	defer c.away.Unlock()
	stop, target := []string{"apiserver", "stop"}, fmt.Sprintf("for %.0f s", a.lasts.Seconds())
	if a.pick%2 == 1 {
		stop, target = append(stop, "--kill"), target+", killed"
	}
	became, begin := c.ledger.does(a.kind, target), time.Now()
	_, stopErr := c.cluster.do(context.WithoutCancel(ctx), stop...)
	_ = pause(ctx, a.lasts) // the end of the soak shortens it
	_, startErr := c.cluster.do(context.WithoutCancel(ctx), "apiserver", "start")
	if err := errors.Join(stopErr, startErr); err != nil {
		became(itFailed, 0)
		c.ledger.say("trouble: %v", err)
		return
	}
	became("it was ready again", time.Since(begin))
}

// cutNode cuts a node off and puts it back.
func (c *chaos) cutNode(ctx context.Context, a action) {
	node, target := nodeName(a.choose(2)), ""
	if a.kind == loseDriver {
		d, ok := c.waitForDriver(ctx, a)
		if !ok {
			c.ledger.does(a.kind, "a driver's")(nothingThere, 0)
			return
		}
		node, target = d.node, ", where the driver of "+d.run+" was"
	}
	target = fmt.Sprintf("%s for %.0f s%s", node, a.lasts.Seconds(), target)
	back := func() {}
	if a.kind != blinkNode {
		c.herd.loseDrivers(node)
		back = c.harms.loses(node)
	}
	became, begin := c.ledger.does(a.kind, target), time.Now()
	_, cutErr := c.cluster.do(context.WithoutCancel(ctx), "node", "cut", node)
	_ = pause(ctx, a.lasts)
	_, joinErr := c.cluster.do(context.WithoutCancel(ctx), "node", "join", node)
	back()
	if err := errors.Join(cutErr, joinErr); err != nil {
		became(itFailed, 0)
		c.ledger.say("trouble: %v", err)
		return
	}
	became("it was Ready again", time.Since(begin))
}

// harmDriver kills, stops or evicts the driver of a run. One on a node that is cut off is out of reach.
func (c *chaos) harmDriver(ctx context.Context, a action) {
	d, ok := c.waitForDriver(ctx, a)
	target := fmt.Sprintf("%s, process %d on %s", d.run, d.pid, d.node)
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
		err = d.signal(syscall.SIGKILL)
	} else {
		c.away.RLock()
		err = c.cluster.evictPod(ctx, d.pod)
		c.away.RUnlock()
	}
	if err != nil {
		became(itHadEnded, 0)
		return
	}
	c.deaths[d.run]++
	c.wg.Go(func() { c.seeReplaced(ctx, d, became) })
}

// stopFor stops a driver and lets it go on.
func (c *chaos) stopFor(ctx context.Context, d driver, lasts time.Duration, became func(string, time.Duration)) {
	if err := d.signal(syscall.SIGSTOP); err != nil {
		became(itHadEnded, 0)
		return
	}
	_ = pause(ctx, lasts)
	if err := d.signal(syscall.SIGCONT); err != nil {
		became("it was killed meanwhile", 0)
		return
	}
	became("it went on", lasts)
}

// seeReplaced waits until another driver works for the run, or the run is over.
func (c *chaos) seeReplaced(ctx context.Context, d driver, became func(string, time.Duration)) {
	begin := time.Now()
	for {
		if other, ok := c.lookout.another(d.run, d.podUID); ok && other.alive() {
			became("another was at work", time.Since(begin))
			return
		}
		if !c.herd.live(d.run) {
			became("the run had its verdict", 0)
			return
		}
		if pause(ctx, lookEvery) != nil {
			became("the soak ended before another was at work", 0)
			return
		}
	}
}

// patience is how long somebody to be harmed is waited for.
const patience = 20 * time.Second

func (c *chaos) waitForDriver(ctx context.Context, a action) (driver, bool) {
	return waitFor(ctx, a, func() []driver {
		return slices.DeleteFunc(slices.Clone(c.lookout.drivers()), func(d driver) bool {
			_, cut := c.harms.lostSince(d.node)
			tired := a.kind != stopDriver && !a.kind.big() && c.deaths[d.run] >= maxDriverDeaths
			return cut || tired || !c.herd.live(d.run) || !d.alive()
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
		return pods
	})
	if !ok {
		c.ledger.does(a.kind, "a step Pod")(nothingThere, 0)
		return
	}
	became := c.ledger.does(a.kind, pod.Name+" on "+pod.Spec.NodeName)
	c.harms.deletes(a.kind, pod.Name)
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

// waitFor waits for somebody to be there and chooses one.
func waitFor[T any](ctx context.Context, a action, there func() []T) (T, bool) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		if all := there(); len(all) > 0 {
			return all[a.choose(len(all))], true
		}
		if pause(ctx, lookEvery) != nil {
			var none T
			return none, false
		}
	}
}

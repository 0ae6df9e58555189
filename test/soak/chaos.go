package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/stepherd/stepherd/internal/errs"
	"github.com/stepherd/stepherd/internal/retry"
	"github.com/stepherd/stepherd/test/rig"
)

// maxDriverDeaths is how often a run's driver is killed or evicted. The Job controller doubles its wait before each new
// driver (10 s, 20 s, 40 s, ...): more of them only make a run wait.
const maxDriverDeaths = 3

// maxBlows is how many of a run's step Pods are deleted or evicted. The last run of all would be hit every few seconds
// otherwise, and not come to its end for that.
const maxBlows = 10

// chaos does what a plan says.
type chaos struct {
	cluster *cluster
	ledger  *ledger
	harms   *harms
	lookout *lookout
	herd    *herd

	// away is held for writing while the API server is away on purpose, and for reading by what asks it for harm.
	away sync.RWMutex
	// deaths of drivers and blows to step Pods, by run; only the goroutine of small ones knows them.
	deaths, blows map[string]int

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
			if retry.Sleep(ctx, time.Until(begin.Add(a.at))) != nil {
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
		c.renewKubelet(ctx, nodeName(a.choose(2)))
	case blinkNode, loseNode, loseDriver:
		c.cutNode(ctx, a)
	default:
		panic(fmt.Sprintf("soak: nobody plans %v", a.kind))
	}
}

func nodeName(i int) string { return fmt.Sprintf("node-%d", i+1) }

// renewKubelet restarts a kubelet, which may fail like any start: then its node has none until it is tried once more.
func (c *chaos) renewKubelet(ctx context.Context, node string) {
	became, begin := c.ledger.does(renewKubelet, node), time.Now()
	defer c.harms.breaks(node)()
	for tries := 1; ; tries++ {
		_, err := c.cluster.Do(context.WithoutCancel(ctx), "kubelet", "restart", node)
		if err == nil {
			became("it was healthy again", time.Since(begin))
			return
		}
		c.ledger.say("trouble: %v", err)
		if tries == 3 {
			became(itFailed, 0)
			c.harms.beheads(node)
			return
		}
	}
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
	defer c.harms.breaks("")()
	_, stopErr := c.cluster.Do(context.WithoutCancel(ctx), stop...)
	_ = retry.Sleep(ctx, a.lasts) // the end of the soak shortens it
	_, startErr := c.cluster.Do(context.WithoutCancel(ctx), "apiserver", "start")
	if err := errs.Join(stopErr, startErr); err != nil {
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
		node, target = d.Node, ", where the driver of "+d.Run+" was"
	}
	target = fmt.Sprintf("%s for %.0f s%s", node, a.lasts.Seconds(), target)
	cut := c.harms.breaks
	if a.kind != blinkNode {
		c.herd.loseDrivers(node)
		cut = c.harms.loses
	}
	back := cut(node)
	became, begin := c.ledger.does(a.kind, target), time.Now()
	_, cutErr := c.cluster.Do(context.WithoutCancel(ctx), "node", "cut", node)
	_ = retry.Sleep(ctx, a.lasts)
	_, joinErr := c.cluster.Do(context.WithoutCancel(ctx), "node", "join", node)
	back()
	if err := errs.Join(cutErr, joinErr); err != nil {
		became(itFailed, 0)
		c.ledger.say("trouble: %v", err)
		return
	}
	became("it was Ready again", time.Since(begin))
}

// lookout knows the drivers as of half a second ago.
type lookout struct {
	seen atomic.Pointer[[]rig.Driver]
}

const lookEvery = 500 * time.Millisecond

// watch looks until the context ends, and shows each driver to met when it is new.
func (l *lookout) watch(ctx context.Context, find func() []rig.Driver, met func(rig.Driver)) {
	known := map[string]bool{}
	for {
		now := find()
		l.seen.Store(&now)
		for _, d := range now {
			if !known[d.PodUID] {
				known[d.PodUID] = true
				met(d)
			}
		}
		if retry.Sleep(ctx, lookEvery) != nil {
			return
		}
	}
}

func (l *lookout) drivers() []rig.Driver {
	if seen := l.seen.Load(); seen != nil {
		return *seen
	}
	return nil
}

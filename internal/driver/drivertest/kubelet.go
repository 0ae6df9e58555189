package drivertest

import (
	"fmt"
	"slices"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/run"
)

// phaseLag is how much later than main's end the terminal phase comes, as with a real kubelet.
const phaseLag = time.Second

func (c *Cluster) act(step string, attempt int) Act {
	var a Act
	if c.Play != nil {
		a = c.Play(step, attempt)
	}
	if a.StartsAfter == 0 {
		a.StartsAfter = 500 * time.Millisecond
	}
	if a.RunsFor == 0 {
		a.RunsFor = time.Second
	}
	return a
}

// live plays the Pod's life.
func (c *Cluster) live(pod run.Pod) {
	a := c.act(pod.Step, pod.Attempt)
	if a.Init != nil {
		time.AfterFunc(a.StartsAfter/2, func() {
			c.changeIf(pod, func(p *run.Pod) { p.Others = []run.Container{{Name: "init", Started: time.Now()}} })
		})
	}
	time.AfterFunc(a.StartsAfter, func() {
		if a.InitFails {
			c.failInit(pod)
			return
		}
		c.changeIf(pod, func(p *run.Pod) {
			p.Node, p.Scheduled, p.Started, p.Running = "node-1", time.Now(), time.Now(), true
			p.Others = a.others(p.Others)
		})
		if !a.Never {
			time.AfterFunc(a.RunsFor, func() { c.end(pod, a) })
		}
	})
}

// failInit ends a Pod whose init container has failed.
func (c *Cluster) failInit(pod run.Pod) {
	c.changeIf(pod, func(p *run.Pod) {
		p.Others = endAll(p.Others)
		p.Terminal, p.End, p.Reason, p.Message = true, run.EndFailed, v1alpha1.ReasonError, "init container init ended with exit code 1"
	})
}

// others are the containers beside main when main begins.
func (a Act) others(begun []run.Container) []run.Container {
	all := endAll(begun)
	if a.Side != nil {
		all = append(all, run.Container{Name: "side", Started: time.Now()})
	}
	return all
}

// endAll ends containers that have not ended.
func endAll(all []run.Container) []run.Container {
	all = slices.Clone(all)
	for i := range all {
		if !all[i].Ended {
			all[i].Ended, all[i].Finished = true, time.Now()
		}
	}
	return all
}

// changeIf changes a Pod if it is still the same.
func (c *Cluster) changeIf(pod run.Pod, f func(*run.Pod)) {
	if now, ok := c.Pod(pod.Name); ok && now.UID == pod.UID {
		c.Change(pod.Name, f)
	}
}

// end ends main, and a little later the Pod.
func (c *Cluster) end(pod run.Pod, a Act) {
	code := a.Exit
	c.changeIf(pod, func(p *run.Pod) {
		if p.End != run.EndNone {
			return
		}
		p.Running, p.Finished, p.ExitCode, p.End = false, time.Now(), &code, run.EndSucceeded
		if a.Sides {
			p.SidesRunning = []string{"side"}
		}
		if code == 0 {
			p.Output, p.Containers = a.Output, 1
		} else {
			p.End, p.Reason, p.Message = run.EndUnclear, v1alpha1.ReasonError, fmt.Sprintf("main ended with exit code %d", code)
		}
	})
	if a.Sides {
		return
	}
	time.AfterFunc(phaseLag, func() {
		c.changeIf(pod, func(p *run.Pod) {
			p.Terminal, p.Others = true, endAll(p.Others)
			if p.End == run.EndUnclear {
				p.End = run.EndFailed
			}
		})
	})
}

// kill ends a Pod that is being deleted, and takes it away.
func (c *Cluster) kill(name, uid string) {
	if p, ok := c.Pod(name); ok && p.UID == uid {
		c.Remove(name)
	}
}

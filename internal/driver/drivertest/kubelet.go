package drivertest

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/logs"
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
	time.AfterFunc(a.StartsAfter, func() {
		c.changeIf(pod, func(p *run.Pod) {
			p.Node, p.Scheduled, p.Started, p.Running = "node-1", time.Now(), time.Now(), true
		})
		if !a.Never {
			time.AfterFunc(a.RunsFor, func() { c.end(pod, a) })
		}
	})
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
		p.SidesRunning = a.Sides
		if code != 0 {
			p.End, p.Reason, p.Message = run.EndUnclear, v1alpha1.ReasonError, fmt.Sprintf("main ended with exit code %d", code)
		}
	})
	if a.Sides {
		return
	}
	time.AfterFunc(phaseLag, func() {
		c.changeIf(pod, func(p *run.Pod) {
			p.Terminal = true
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

// Logs is the driver's port.
func (c *Cluster) Logs() logs.Source { return logsPort{c} }

type logsPort struct{ *Cluster }

// Open waits for main's end, and gives all of its log.
func (c logsPort) Open(ctx context.Context, pod, _ string, since time.Time, _ bool) (io.ReadCloser, error) {
	if err := c.call("log", pod); err != nil {
		return nil, err
	}
	for {
		c.mu.Lock()
		p, ok := c.pods[pod]
		changed := c.changed
		c.mu.Unlock()
		switch {
		case !ok:
			return nil, gone{}
		case p.End != run.EndNone:
			return io.NopCloser(strings.NewReader(c.log(p, since))), nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

func (c *Cluster) log(p run.Pod, since time.Time) string {
	var b strings.Builder
	for i, text := range c.act(p.Step, p.Attempt).Lines {
		if at := p.Started.Add(time.Duration(i)); !at.Before(since) {
			fmt.Fprintf(&b, "%s %s\n", at.UTC().Format(time.RFC3339Nano), text)
		}
	}
	return b.String()
}

type gone struct{}

func (gone) Error() string  { return "the pod does not exist" }
func (gone) NotFound() bool { return true }

package main

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/retry"
	"github.com/stepherd/stepherd/test/rig"
)

const (
	lookEvery = 500 * time.Millisecond
	// calm is how long nothing is done between two restarts: streams are to be open again, and lines to flow.
	calm = 6 * time.Second
	// away is how long the API server is away.
	away = 4 * time.Second
	// firstLines is how long a driver prints, at least, before it is killed.
	firstLines = 5 * time.Second
)

// restart is one disturbance: the verbs of localcluster, with a pause between them.
type restart struct {
	title string
	verbs [][]string
}

// restarts are so many, of four kinds in turn.
func restarts(n int) []restart {
	kinds := []restart{
		{"kubelet of node-1 restarted", [][]string{{"kubelet", "restart", "node-1"}}},
		{"API server away", [][]string{{"apiserver", "stop"}, {"apiserver", "start"}}},
		{"kubelet of node-2 restarted", [][]string{{"kubelet", "restart", "node-2"}}},
		{"API server killed and away", [][]string{{"apiserver", "stop", "--kill"}, {"apiserver", "start"}}},
	}
	var all []restart
	for i := range n {
		all = append(all, kinds[i%len(kinds)])
	}
	return all
}

// disturb makes the restarts, one after the other.
func (c *cluster) disturb(ctx context.Context, all []restart, say func(string, ...any)) error {
	for i, r := range all {
		if err := retry.Sleep(ctx, calm); err != nil {
			return err
		}
		c.harm.Lock()
		begin := time.Now()
		for j, verb := range r.verbs {
			if j > 0 {
				_ = retry.Sleep(ctx, away) // the end of the storm shortens it
			}
			if _, err := c.Do(context.WithoutCancel(ctx), verb...); err != nil {
				c.harm.Unlock()
				return err
			}
		}
		c.harm.Unlock()
		say("%d of %d: %s, %.1f s", i+1, len(all), r.title, time.Since(begin).Seconds())
	}
	return retry.Sleep(ctx, calm)
}

// kill kills the run's drivers, one after the other: the next one when it has printed for a while.
func (t *trip) kill(ctx context.Context, times int) error {
	ctx, cancel := context.WithTimeoutCause(ctx, runLimit, fmt.Errorf("%s: its drivers were not killed %d times within %s", t.run, times, runLimit))
	defer cancel()
	var former []string
	for i := range times {
		d, err := t.driver(ctx, former)
		if err != nil {
			return err
		}
		if err := retry.Sleep(ctx, firstLines); err != nil {
			return err
		}
		if err := t.strike(ctx, d); err != nil {
			return fmt.Errorf("kill the driver of %s: %w", t.run, err)
		}
		t.say("%d of %d: driver of %s killed", i+1, times, t.run)
		former = append(former, d.PodUID)
	}
	_, err := t.driver(ctx, former)
	return err
}

// strike kills a driver while nothing else is harmed and it has contact: what it prints without contact comes again, however
// long that lasts.
func (t *trip) strike(ctx context.Context, d rig.Driver) error {
	t.c.harm.Lock()
	defer t.c.harm.Unlock()
	before := ""
	err := rig.Insist(ctx, func(ctx context.Context) error {
		now, err := t.c.Do(ctx, "kubectl", "get", "configmaps", "-n", namespace, "-l", v1alpha1.LabelRun+"="+t.run, "-o", "jsonpath={.items[*].metadata.resourceVersion}")
		if err == nil && (before == "" || now == before) {
			err = errors.New("its driver writes nothing into the record")
		}
		before = now
		return err
	})
	if err != nil {
		return err
	}
	return d.Signal(syscall.SIGKILL)
}

package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/stepherd/stepherd/test/localcluster/plan"
	"github.com/stepherd/stepherd/test/localcluster/proc"
)

// processes starts and ends the processes of a cluster. It holds the cluster's lock, which each of them inherits.
type processes struct {
	instance plan.Instance
	lock     *os.File
	started  map[string]bool // those that this program started
	died     context.CancelCauseFunc
}

// unlock may be called twice.
func (p *processes) unlock() { _ = p.lock.Close() }

// running reports whether a process of the cluster runs.
func (p *processes) running(process string) bool {
	_, ok := proc.Recorded(p.instance.Name, p.instance.Record(process))
	return ok
}

// end kills a process and waits until it is gone.
func (p *processes) end(ctx context.Context, process string) error {
	return proc.KillAll(ctx, func() ([]proc.Identity, error) {
		if id, ok := proc.Recorded(p.instance.Name, p.instance.Record(process)); ok {
			return []proc.Identity{id}, nil
		}
		return nil, nil
	})
}

// terminate asks a process to end and gives it some time for it.
func (p *processes) terminate(ctx context.Context, process string, within time.Duration) {
	if id, ok := proc.Recorded(p.instance.Name, p.instance.Record(process)); ok {
		proc.Terminate(id)
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	_ = poll(ctx, func(context.Context) error {
		if p.running(process) {
			return errors.New("it runs")
		}
		return nil
	})
}

// ensureAll starts the processes that do not run, in order.
func (p *processes) ensureAll(ctx context.Context, commands []proc.Command) error {
	for _, c := range commands {
		if err := p.ensure(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// ensure starts a process unless it runs. One that ends before `up` does, ends `up`.
func (p *processes) ensure(ctx context.Context, c proc.Command) error {
	if p.running(c.Name) {
		return nil
	}
	started, err := proc.Start(c, p.lock, p.instance.Record(c.Name), p.instance.Log(c.Name))
	if err != nil {
		return err
	}
	p.started[c.Name] = true
	go func() {
		select {
		case <-ctx.Done():
		case <-started.Done():
			p.died(fmt.Errorf("%s ended (%w): see %s", c.Name, started.Err(), p.instance.Log(c.Name)))
		}
	}()
	return nil
}

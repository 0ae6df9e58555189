package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/stepherd/stepherd/test/localcluster/config"
	"github.com/stepherd/stepherd/test/localcluster/ns"
	"github.com/stepherd/stepherd/test/localcluster/plan"
)

// StartNode brings a node back as after a reboot, and waits until Kubernetes has it back, too.
func StartNode(ctx context.Context, i plan.Instance, name string, out io.Writer) error {
	return onNode(ctx, i, name, "node start", out, func(ctx context.Context, u *up, s nodeState) error {
		said := s.nothingToStart()
		if said == "" {
			fmt.Fprintf(out, "%s of cluster %q, waiting for\n", s.Name, i.Name)
			if err := u.startNode(ctx, s); err != nil {
				return fmt.Errorf("%s of cluster %q is not started: %w", s.Name, i.Name, err)
			}
		} else {
			fmt.Fprintln(out, said)
		}
		u.processes.unlock()
		return u.waitForReturn(ctx, s.Node, func(ctx context.Context) error {
			if err := u.waitForNode(ctx, s.Node); err != nil {
				return err
			}
			return u.waitUntilReady(ctx, s.Node)
		})
	})
}

// startNode starts what does not run. A node that was stopped is first made anew, so that nothing of
// its former life is left, even when the stop was killed.
func (u *up) startNode(ctx context.Context, s nodeState) error {
	var phases []phase
	if s.mustBoot() {
		phases = append(u.lastHours(s.Node), phase{"its new namespaces, link and cgroups", func(context.Context) error { return u.boot(s.Node) }})
	}
	return runPhases(ctx, u.out, append(phases,
		phase{"its containerd", func(ctx context.Context) error {
			if err := u.processes.ensure(ctx, u.ContainerdProcess(s.Node)); err != nil {
				return err
			}
			return u.loadBasics(ctx, s.Node)
		}},
		phase{"its kubelet to be healthy", func(ctx context.Context) error {
			if err := u.processes.ensureAll(ctx, u.OnNode(u.self, s.Node)); err != nil {
				return err
			}
			if err := unmarkStopped(u.Instance, s.Name); err != nil {
				return err
			}
			return u.waitForKubelet(ctx, s.Node)
		}},
	))
}

func (u *up) boot(n plan.Node) error {
	if err := u.network().EnsureOne(n.Number); err != nil {
		return err
	}
	return u.makeRoom(n)
}

// waitForReturn waits, without the lock, until Kubernetes has the node back; ready says when that is.
func (u *up) waitForReturn(ctx context.Context, n plan.Node, ready func(context.Context) error) error {
	if why := u.noHope(n); why != nil {
		fmt.Fprintf(u.out, "nobody waited for %s to be Ready: %v\n", n.Name, why)
		return nil
	}
	var err error
	if u.client, err = newClient(u.Instance); err != nil {
		return err
	}
	lost := func() error { return u.lost(n) }
	err = runPhases(ctx, u.out, []phase{
		{n.Name + " to be Ready", whileHope(lost, ready)},
		{"the Service kubernetes, from " + n.Name, whileHope(lost, func(ctx context.Context) error { return u.reachService(ctx, n) })},
	})
	if err != nil {
		return fmt.Errorf("%s of cluster %q is not back: %w", n.Name, u.Name, err)
	}
	fmt.Fprintf(u.out, "%s is back after %.1f s\n", n.Name, time.Since(u.begin).Seconds())
	return nil
}

// noHope tells why a node cannot become Ready as things are.
func (u *up) noHope(n plan.Node) error {
	if !u.processes.running(config.APIServer) {
		return errors.New("the API server does not run")
	}
	return u.lost(n)
}

// lost tells what took a node away. An API server that is away may come back.
func (u *up) lost(n plan.Node) error {
	if err := Exists(u.Instance); err != nil {
		return err
	}
	s, err := lookAt(u.Cluster, n)
	switch {
	case err != nil:
		return err
	case s.stopped:
		return fmt.Errorf("%s is stopped", n.Name)
	case s.cable == ns.CableCut:
		return fmt.Errorf("%s is cut off", n.Name)
	}
	return nil
}

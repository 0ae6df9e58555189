package cluster

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/stepherd/stepherd/test/localcluster/cgroup"
	"github.com/stepherd/stepherd/test/localcluster/ns"
	"github.com/stepherd/stepherd/test/localcluster/plan"
	"github.com/stepherd/stepherd/test/localcluster/proc"
)

// StopNode lets a node die as by a power cut: nothing on it gets to say a last word. What is on its
// disk stays, and so does its Node object.
func StopNode(ctx context.Context, i plan.Instance, name string, out io.Writer) error {
	return onNode(ctx, i, name, "node stop", out, func(ctx context.Context, u *up, s nodeState) error {
		if said := s.nothingToStop(); said != "" {
			fmt.Fprintln(out, said)
			return nil
		}
		fmt.Fprintf(out, "%s of cluster %q, waiting for\n", s.Name, i.Name)
		if err := runPhases(ctx, out, u.lastHours(s.Node)); err != nil {
			return fmt.Errorf("%s of cluster %q is not wholly stopped: %w; run %s again", s.Name, i.Name, err, hint(i, "node stop "+s.Name))
		}
		fmt.Fprintf(out, "%s is stopped after %.1f s; its Node object stays: %s brings it back\n",
			s.Name, time.Since(u.begin).Seconds(), hint(i, "node start "+s.Name))
		return nil
	})
}

// lastHours are the phases of a node's end. The cable goes first: a kubelet could otherwise tell of
// containers that end before it, and the kernel closes the connections of a process that it kills.
func (u *up) lastHours(n plan.Node) []phase {
	return []phase{
		{"its link to be gone", func(context.Context) error { return u.unplug(n) }},
		{"its processes and containers to end", func(ctx context.Context) error { return u.endNode(ctx, n) }},
		{"its namespaces and cgroups to be gone", func(ctx context.Context) error { return u.clearRoom(ctx, n) }},
	}
}

func (u *up) unplug(n plan.Node) error {
	if err := markStopped(u.Instance, n.Name); err != nil {
		return err
	}
	return cableOf(u.Instance, n).Remove()
}

func (u *up) endNode(ctx context.Context, n plan.Node) error {
	p := prey{Instance: u.Instance, node: n.Name, cgroup: u.NodeCgroup(n.Name)}
	for _, c := range u.OnNode(u.self, n) {
		p.records = append(p.records, u.Record(c.Name))
	}
	return proc.KillAll(ctx, p.find)
}

// clearRoom removes what a reboot would: mounts with /run and all tmpfs, the network and its rules,
// and the Pods' cgroups.
func (u *up) clearRoom(ctx context.Context, n plan.Node) error {
	for _, pin := range []string{u.MountPin(n.Name), u.NodeNetns(n.Number)} {
		if err := ns.RemovePin(pin); err != nil {
			return err
		}
	}
	// The kernel lets go of an ended process a little later.
	return poll(ctx, func(context.Context) error { return cgroup.Remove(u.NodeCgroup(n.Name)) })
}

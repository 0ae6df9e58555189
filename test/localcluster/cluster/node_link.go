package cluster

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/stepherd/stepherd/test/localcluster/plan"
)

// CutNode takes a node off the network. All that runs on it goes on.
func CutNode(ctx context.Context, i plan.Instance, name string, out io.Writer) error {
	return onNode(ctx, i, name, "node cut", out, func(_ context.Context, _ *up, s nodeState) error {
		said, err := s.nothingToCut()
		if err != nil {
			return err
		}
		if said != "" {
			fmt.Fprintln(out, said)
			return nil
		}
		if err := cableOf(i, s.Node).Cut(); err != nil {
			return err
		}
		fmt.Fprintf(out, "%s is cut off, what runs on it goes on: %s puts it back\n", s.Name, hint(i, "node join "+s.Name))
		return nil
	})
}

// JoinNode puts a node back on the network, and waits until Kubernetes has it back, too.
func JoinNode(ctx context.Context, i plan.Instance, name string, out io.Writer) error {
	return onNode(ctx, i, name, "node join", out, func(ctx context.Context, u *up, s nodeState) error {
		said, err := s.nothingToJoin()
		if err != nil {
			return err
		}
		var since time.Time // of a node that was on the network, any sign of life will do
		if said != "" {
			fmt.Fprintln(out, said)
		} else {
			since = time.Now()
			if err := cableOf(i, s.Node).Join(); err != nil {
				return err
			}
			fmt.Fprintf(out, "%s of cluster %q is on the network, waiting for\n", s.Name, i.Name)
		}
		u.processes.unlock()
		return u.waitForReturn(ctx, s.Node, func(ctx context.Context) error {
			if err := poll(ctx, func(ctx context.Context) error { return checkAlive(ctx, u.client, s.Node, since) }); err != nil {
				return err
			}
			return u.waitUntilReady(ctx, s.Node)
		})
	})
}

package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/stepherd/stepherd/test/localcluster/config"
	"github.com/stepherd/stepherd/test/localcluster/ns"
	"github.com/stepherd/stepherd/test/localcluster/plan"
	"github.com/stepherd/stepherd/test/localcluster/proc"
)

// onCluster carries out a command on a part of a cluster that is there. It begins with the lock; what
// only waits for others gives the lock back first, so that it holds up no other command.
func onCluster(ctx context.Context, i plan.Instance, command string, out io.Writer, do func(context.Context, *up) error) error {
	if err := checkRoot(command); err != nil {
		return err
	}
	if err := Exists(i); err != nil {
		return err
	}
	u, ctx, end, err := begin(ctx, i, out, func() (plan.Spec, error) { return existing(i) })
	if err != nil {
		return err
	}
	defer end()
	return do(ctx, u)
}

// existing is called with the lock. While this command waited for it, a down may have removed the
// cluster; then the lock is all that there is, and it is ours.
func existing(i plan.Instance) (plan.Spec, error) {
	if err := Exists(i); err != nil {
		_ = os.Remove(i.LockFile())
		_ = os.Remove(plan.Root) // only if no other instance is in it
		return plan.Spec{}, err
	}
	return plan.Load(i)
}

// onNode is onCluster for a command on a node.
func onNode(ctx context.Context, i plan.Instance, name, command string, out io.Writer, do func(context.Context, *up, nodeState) error) error {
	return onCluster(ctx, i, command, out, func(ctx context.Context, u *up) error {
		n, err := u.Spec.Named(i, name)
		if err != nil {
			return err
		}
		s, err := lookAt(u.Cluster, n)
		if err != nil {
			return err
		}
		return do(ctx, u, s)
	})
}

// nodeState is what became of a node.
type nodeState struct {
	plan.Node
	of      plan.Instance
	stopped bool // on purpose
	cable   ns.CableState
	running []string // of its processes
	missing []string // of its processes
}

func lookAt(c config.Cluster, n plan.Node) (nodeState, error) {
	s := nodeState{Node: n, of: c.Instance, stopped: isStopped(c.Instance, n.Name)}
	for _, p := range c.OnNode("", n) {
		if _, ok := proc.Recorded(c.Name, c.Record(p.Name)); ok {
			s.running = append(s.running, p.Name)
		} else {
			s.missing = append(s.missing, p.Name)
		}
	}
	var err error
	s.cable, err = cableOf(c.Instance, n).State()
	return s, err
}

func cableOf(i plan.Instance, n plan.Node) ns.Cable {
	return ns.Cable{ControlPlane: i.ControlPlaneNetns(), Node: n.Number}
}

// nothingToStop returns why there is nothing to do; empty if there is something.
func (s nodeState) nothingToStop() string {
	if s.stopped && len(s.running) == 0 && s.cable == ns.NoCable {
		return s.Name + " was stopped already"
	}
	return ""
}

func (s nodeState) nothingToStart() string {
	switch {
	case s.mustBoot() || len(s.missing) > 0:
		return ""
	case s.cable == ns.CableCut:
		return fmt.Sprintf("%s runs already, but it is cut off: run %s", s.Name, hint(s.of, "node join "+s.Name))
	default:
		return s.Name + " runs already"
	}
}

// mustBoot tells that what is left of the node has to go before the node is made again.
func (s nodeState) mustBoot() bool { return s.stopped || s.cable == ns.NoCable }

func (s nodeState) nothingToCut() (string, error) {
	if err := s.refuseStopped("there is no link to cut"); err != nil || s.cable == ns.CableJoined {
		return "", err
	}
	return s.Name + " was cut off already", nil
}

func (s nodeState) nothingToJoin() (string, error) {
	if err := s.refuseStopped("there is no link to join"); err != nil || s.cable == ns.CableCut {
		return "", err
	}
	return s.Name + " was on the network already", nil
}

func (s nodeState) refuseStopped(so string) error {
	if !s.mustBoot() {
		return nil
	}
	return fmt.Errorf("%s of cluster %q is stopped, so %s: run %s first", s.Name, s.of.Name, so, hint(s.of, "node start "+s.Name))
}

// isStopped tells whether a part was stopped on purpose.
func isStopped(i plan.Instance, part string) bool {
	_, err := os.Stat(i.StopMark(part))
	return err == nil
}

// markStopped comes before the first process is ended, so that a command that is killed leaves a part
// that was stopped, not one that crashed.
func markStopped(i plan.Instance, part string) error {
	return plan.WriteFile(i.StopMark(part), nil, 0o644)
}

func unmarkStopped(i plan.Instance, part string) error {
	if err := os.Remove(i.StopMark(part)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("forget that %s was stopped: %w", part, err)
	}
	return nil
}

package ns

import (
	"errors"
	"fmt"
	"net"

	"github.com/vishvananda/netlink"

	"github.com/stepherd/stepherd/test/localcluster/plan"
)

// Cable is the link between a node and the control plane's bridge. It is handled at the bridge: what
// is inside the node sees a cable that was pulled, and keeps its addresses and routes.
type Cable struct {
	ControlPlane string // pin
	Node         int    // number
}

// CableState is what became of a cable.
type CableState int

// There is no cable to a node that was stopped, or never made.
const (
	NoCable CableState = iota
	CableCut
	CableJoined
)

// State looks at the cable.
func (c Cable) State() (CableState, error) {
	state := NoCable
	if !IsPinned(c.ControlPlane) {
		return state, nil
	}
	err := c.do("look at", func(link netlink.Link) error {
		state = CableCut
		if link.Attrs().Flags&net.FlagUp != 0 {
			state = CableJoined
		}
		return nil
	})
	return state, err
}

// Cut takes the node off the network.
func (c Cable) Cut() error { return c.do("cut", netlink.LinkSetDown) }

// Join puts the node back on the network.
func (c Cable) Join() error { return c.do("join", netlink.LinkSetUp) }

// Remove removes the cable with both its ends.
func (c Cable) Remove() error { return c.do("remove", netlink.LinkDel) }

// do calls f with the link at the bridge, unless there is none.
func (c Cable) do(what string, f func(netlink.Link) error) error {
	name := plan.NodeName(c.Node)
	err := (Set{Net: c.ControlPlane}).Do(func() error {
		link, err := netlink.LinkByName(name)
		var none netlink.LinkNotFoundError
		if errors.As(err, &none) {
			return nil
		}
		if err != nil {
			return err
		}
		return f(link)
	})
	if err != nil {
		return fmt.Errorf("%s the cable of %s: %w", what, name, err)
	}
	return nil
}

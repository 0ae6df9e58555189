package ns

import (
	"errors"
	"fmt"
	"net"
	"os"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"

	"github.com/stepherd/stepherd/test/localcluster/plan"
)

const bridgeName = "lan"

// Network is the wiring of an instance: a bridge in the control plane's namespace, and a cable from
// it to every node. Nothing of it is in the machine's own namespace.
type Network struct {
	ControlPlane string         // pin
	Nodes        map[int]string // node number -> pin
}

// Ensure makes what is missing and leaves alone what is there.
func (n Network) Ensure() error {
	for _, pin := range n.pins() {
		if err := EnsureNet(pin); err != nil {
			return err
		}
	}
	if err := (Set{Net: n.ControlPlane}).Do(n.wireControlPlane); err != nil {
		return fmt.Errorf("wire the control plane: %w", err)
	}
	for number := range n.Nodes {
		if err := n.wireNode(number); err != nil {
			return err
		}
	}
	return nil
}

// EnsureOne does the same for one node and touches no other; the rest has to be there.
func (n Network) EnsureOne(number int) error {
	if err := EnsureNet(n.Nodes[number]); err != nil {
		return err
	}
	if err := (Set{Net: n.ControlPlane}).Do(func() error { return plugIn(number, n.Nodes[number]) }); err != nil {
		return fmt.Errorf("wire the control plane: %w", err)
	}
	return n.wireNode(number)
}

func (n Network) pins() []string {
	pins := []string{n.ControlPlane}
	for _, pin := range n.Nodes {
		pins = append(pins, pin)
	}
	return pins
}

func (n Network) wireControlPlane() error {
	if err := prepareStack(); err != nil {
		return err
	}
	// A bridge without an address of its own takes the lowest of its ports', and another one when a
	// port comes or goes; then all nodes would ask for the old one for most of a minute.
	bridge := &netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Name: bridgeName, HardwareAddr: plan.ControlPlaneMAC()}}
	if err := netlink.LinkAdd(bridge); err != nil && !errors.Is(err, unix.EEXIST) {
		return fmt.Errorf("make bridge: %w", err)
	}
	if err := setUp(bridgeName, plan.ControlPlaneIP); err != nil {
		return err
	}
	for number, pin := range n.Nodes {
		if err := plugIn(number, pin); err != nil {
			return err
		}
	}
	return nil
}

// plugIn lays the cable between the bridge and a node, in one step at both ends.
func plugIn(number int, pin string) error {
	name := plan.NodeName(number)
	if _, err := netlink.LinkByName(name); err != nil {
		peer, err := netns.GetFromPath(pin)
		if err != nil {
			return fmt.Errorf("open namespace of %s: %w", name, err)
		}
		defer peer.Close()
		cable := &netlink.Veth{
			LinkAttrs:        netlink.LinkAttrs{Name: name},
			PeerName:         "eth0",
			PeerHardwareAddr: plan.NodeMAC(number),
			PeerNamespace:    netlink.NsFd(int(peer)),
		}
		if err := netlink.LinkAdd(cable); err != nil {
			return fmt.Errorf("lay cable to %s: %w", name, err)
		}
	}
	link, err := netlink.LinkByName(name)
	if err != nil {
		return fmt.Errorf("find cable to %s: %w", name, err)
	}
	bridge, err := netlink.LinkByName(bridgeName)
	if err != nil {
		return fmt.Errorf("find bridge: %w", err)
	}
	if err := netlink.LinkSetMaster(link, bridge); err != nil {
		return fmt.Errorf("plug in %s: %w", name, err)
	}
	if err := netlink.LinkSetUp(link); err != nil {
		return fmt.Errorf("set cable to %s up: %w", name, err)
	}
	return addRoute(plan.NodePodCIDR(number), plan.NodeIP(number))
}

func (n Network) wireNode(number int) error {
	err := (Set{Net: n.Nodes[number]}).Do(func() error { return n.wireInside(number) })
	if err != nil {
		return fmt.Errorf("wire %s: %w", plan.NodeName(number), err)
	}
	return nil
}

func (n Network) wireInside(number int) error {
	if err := prepareStack(); err != nil {
		return err
	}
	if err := setUp("eth0", plan.NodeIP(number)); err != nil {
		return err
	}
	// Service addresses are rewritten after the route was chosen, so any route has to be there. The
	// control plane has no way out of the machine: what is not ours is refused there at once.
	if err := addRoute("0.0.0.0/0", plan.ControlPlaneIP); err != nil {
		return err
	}
	for other := range n.Nodes {
		if other == number {
			continue
		}
		if err := addRoute(plan.NodePodCIDR(other), plan.NodeIP(other)); err != nil {
			return err
		}
	}
	return nil
}

// prepareStack sets what the network namespace of the calling thread needs. These settings are per
// network namespace; the machine's own stay as they are.
func prepareStack() error {
	if err := os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0); err != nil {
		return fmt.Errorf("allow forwarding: %w", err)
	}
	lo, err := netlink.LinkByName("lo")
	if err != nil {
		return fmt.Errorf("find loopback: %w", err)
	}
	if err := netlink.LinkSetUp(lo); err != nil {
		return fmt.Errorf("set loopback up: %w", err)
	}
	return nil
}

func setUp(name, ip string) error {
	link, err := netlink.LinkByName(name)
	if err != nil {
		return fmt.Errorf("find link %s: %w", name, err)
	}
	addr := &netlink.Addr{IPNet: &net.IPNet{IP: net.ParseIP(ip).To4(), Mask: net.CIDRMask(plan.LinkPrefix, 32)}}
	if err := netlink.AddrReplace(link, addr); err != nil {
		return fmt.Errorf("give %s to %s: %w", ip, name, err)
	}
	if err := netlink.LinkSetUp(link); err != nil {
		return fmt.Errorf("set %s up: %w", name, err)
	}
	return nil
}

func addRoute(cidr, via string) error {
	_, dst, err := net.ParseCIDR(cidr)
	if err != nil {
		return fmt.Errorf("route to %s: %w", cidr, err)
	}
	if err := netlink.RouteReplace(&netlink.Route{Dst: dst, Gw: net.ParseIP(via)}); err != nil {
		return fmt.Errorf("route %s by %s: %w", cidr, via, err)
	}
	return nil
}

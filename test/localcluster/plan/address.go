package plan

import (
	"fmt"
	"net"
	"net/netip"
)

// The inner addresses. 192.0.2.0/24 is reserved for documentation, so it is never a real network's.
const (
	ControlPlaneIP   = "192.0.2.1"
	LinkPrefix       = 24
	ServiceCIDR      = "10.96.0.0/16"
	KubernetesIP     = "10.96.0.1" // the first of ServiceCIDR: the Service "kubernetes"
	PodCIDR          = "10.128.0.0/14"
	APIServerPort    = 6443
	nodePodPrefix    = 22 // 1022 Pods: more than the kubelet is told to take
	firstNodeAddress = 10
)

// MaxNodes is far above what one machine carries and far below what the addresses allow.
const MaxNodes = 50

// NodeName is the name of the node with that number, counted from 1.
func NodeName(number int) string { return fmt.Sprintf("node-%d", number) }

// NodeIP is the address of a node.
func NodeIP(number int) string { return fmt.Sprintf("192.0.2.%d", firstNodeAddress+number) }

// NodeMAC is the hardware address of a node. It is the same after a node was stopped and started, so
// that its neighbors need not learn it anew.
func NodeMAC(number int) net.HardwareAddr { return macFor(NodeIP(number)) }

// ControlPlaneMAC is the hardware address of the control plane.
func ControlPlaneMAC() net.HardwareAddr { return macFor(ControlPlaneIP) }

func macFor(ip string) net.HardwareAddr {
	const local = 0x02 // the bit that says: given by us, not by a maker
	b := netip.MustParseAddr(ip).As4()
	return net.HardwareAddr{local, 0, b[0], b[1], b[2], b[3]}
}

// NodePodCIDR is the part of PodCIDR from which a node's Pods get their addresses.
func NodePodCIDR(number int) string {
	base := netip.MustParsePrefix(PodCIDR).Addr().As4()
	first := uint32(base[0])<<24 | uint32(base[1])<<16
	first += uint32(number) << (32 - nodePodPrefix)
	addr := netip.AddrFrom4([4]byte{byte(first >> 24), byte(first >> 16), byte(first >> 8), byte(first)})
	return netip.PrefixFrom(addr, nodePodPrefix).String()
}

package plan

import (
	"errors"
	"net/netip"
	"reflect"
	"strings"
	"testing"
)

func TestNodeAddressesDoNotMeet(t *testing.T) {
	all, services := netip.MustParsePrefix(PodCIDR), netip.MustParsePrefix(ServiceCIDR)
	seen := map[string]bool{ControlPlaneIP: true, ControlPlaneMAC().String(): true}
	var subnets []netip.Prefix
	for n := 1; n <= MaxNodes; n++ {
		if seen[NodeIP(n)] {
			t.Errorf("node %d has the address %s of another", n, NodeIP(n))
		}
		if mac := NodeMAC(n).String(); seen[mac] {
			t.Errorf("node %d has the hardware address %s of another", n, mac)
		}
		seen[NodeIP(n)], seen[NodeMAC(n).String()] = true, true
		subnet := netip.MustParsePrefix(NodePodCIDR(n))
		if subnet.Masked() != subnet || !all.Contains(subnet.Addr()) || services.Overlaps(subnet) {
			t.Errorf("node %d has the Pod subnet %v", n, subnet)
		}
		for _, other := range subnets {
			if other.Overlaps(subnet) {
				t.Errorf("Pod subnets %v and %v overlap", other, subnet)
			}
		}
		subnets = append(subnets, subnet)
	}
}

func TestOwnsNetns(t *testing.T) {
	dev := Instance{Name: "dev"}
	tests := map[string]bool{
		"lc-dev-cp":     true,
		"lc-dev-n1":     true,
		"lc-dev-n12":    true,
		"lc-dev-n1-cp":  false, // of an instance called dev-n1
		"lc-dev-n1-n2":  false,
		"lc-dev-nx":     false,
		"lc-dev2-cp":    false,
		"x-lc-dev-cp":   false,
		"cni-lc-dev-cp": false,
	}
	for file, want := range tests {
		if got := dev.OwnsNetns(file); got != want {
			t.Errorf("OwnsNetns(%q) = %v, want %v", file, got, want)
		}
	}
}

// The kubelet's longest socket path, at the longest name and node number, has to fit.
func TestSocketPathsFit(t *testing.T) {
	i, err := NewInstance(strings.Repeat("x", 20))
	if err != nil {
		t.Fatal(err)
	}
	path := i.Dir(NodeName(MaxNodes), "var-lib/kubelet/device-plugins/kubelet.sock")
	if len(path) > 107 {
		t.Errorf("%s has %d bytes, the kernel takes 107", path, len(path))
	}
}

func TestMerge(t *testing.T) {
	i := Instance{Name: "dev"}
	first, err := Spec{}.Merge(i, Wish{
		Nodes:  2,
		Labels: []NodeLabel{{"node-2", "pool", "gpu"}},
		Taints: []NodeTaint{{"node-2", Taint{Key: "gpu", Effect: "NoSchedule"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name  string
		wish  Wish
		nodes int
		label string
		taint []Taint
	}{
		{"a plain up keeps everything", Wish{}, 2, "gpu", []Taint{{Key: "gpu", Effect: "NoSchedule"}}},
		{"nodes are added", Wish{Nodes: 3}, 3, "gpu", []Taint{{Key: "gpu", Effect: "NoSchedule"}}},
		{"a label is changed", Wish{Labels: []NodeLabel{{"node-2", "pool", "cpu"}}}, 2, "cpu", []Taint{{Key: "gpu", Effect: "NoSchedule"}}},
		{"a taint's value is changed", Wish{Taints: []NodeTaint{{"node-2", Taint{"gpu", "v", "NoSchedule"}}}}, 2, "gpu", []Taint{{"gpu", "v", "NoSchedule"}}},
		{
			"the same key with another effect is another taint",
			Wish{Taints: []NodeTaint{{"node-2", Taint{"gpu", "", "NoExecute"}}}}, 2, "gpu",
			[]Taint{{"gpu", "", "NoSchedule"}, {"gpu", "", "NoExecute"}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := first.Merge(i, tt.wish)
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Nodes) != tt.nodes || got.Nodes[1].Labels["pool"] != tt.label || !reflect.DeepEqual(got.Nodes[1].Taints, tt.taint) {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestMergeErrors(t *testing.T) {
	i := Instance{Name: "dev"}
	two, err := Spec{}.Merge(i, Wish{Nodes: 2})
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]Wish{
		"cannot be made smaller":          {Nodes: 1},
		`--label names node "node-3"`:     {Labels: []NodeLabel{{"node-3", "a", "b"}}},
		`--taint names node "worker"`:     {Taints: []NodeTaint{{"worker", Taint{"a", "", "NoSchedule"}}}},
		"the nodes are node-1 to node-2:": {Labels: []NodeLabel{{"node-0", "a", "b"}}},
	}
	for want, wish := range tests {
		_, err := two.Merge(i, wish)
		var wrong *WishError
		if !errors.As(err, &wrong) || !strings.Contains(err.Error(), want) {
			t.Errorf("Merge(%+v): got %v, want a WishError with %q", wish, err, want)
		}
	}
}

func TestMergeKeepsTheLogSize(t *testing.T) {
	i := Instance{Name: "dev"}
	for _, tt := range []struct{ was, wish, want string }{{"", "", ""}, {"", "1Mi", "1Mi"}, {"1Mi", "", "1Mi"}, {"1Mi", "2Mi", "2Mi"}} {
		got, err := Spec{LogMaxSize: tt.was}.Merge(i, Wish{LogMaxSize: tt.wish})
		if err != nil || got.LogMaxSize != tt.want {
			t.Errorf("%q with the wish %q: got %q, %v, want %q", tt.was, tt.wish, got.LogMaxSize, err, tt.want)
		}
	}
}

func TestMergeLogSizesOfNodes(t *testing.T) {
	i := Instance{Name: "dev"}
	first, err := Spec{}.Merge(i, Wish{Nodes: 2, LogMaxSize: "4Gi", LogSizes: []LogSize{{"node-2", "64Ki"}}})
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		wish     Wish
		one, two string
	}{
		"a plain up keeps them":       {Wish{}, "4Gi", "64Ki"},
		"all but a node's of its own": {Wish{LogMaxSize: "1Mi"}, "1Mi", "64Ki"},
		"a node's own":                {Wish{LogSizes: []LogSize{{"node-1", "2Mi"}}}, "2Mi", "64Ki"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := first.Merge(i, tt.wish)
			if err != nil {
				t.Fatal(err)
			}
			if one, two := got.LogMaxSizeOf(got.Nodes[0]), got.LogMaxSizeOf(got.Nodes[1]); one != tt.one || two != tt.two {
				t.Errorf("got %s and %s, want %s and %s", one, two, tt.one, tt.two)
			}
		})
	}
	if _, err := first.Merge(i, Wish{LogSizes: []LogSize{{"node-3", "1Mi"}}}); err == nil {
		t.Error("the size of a node that is not there was taken")
	}
}

func TestParseLogSize(t *testing.T) {
	for s, valid := range map[string]bool{
		"100Ki": true, "10Mi": true, "1": true, "1e6": true,
		"": false, "0": false, "-1Mi": false, "1.5": false, "10MB": false, "a lot": false, ":1Mi": false, "node-1:": false, "node-1:much": false,
	} {
		got, err := ParseLogSize(s)
		if valid != (err == nil) || (valid && got != LogSize{Size: s}) {
			t.Errorf("ParseLogSize(%q) = %q, %v, want valid = %v", s, got, err, valid)
		}
	}
	if got, err := ParseLogSize("node-2:64Ki"); err != nil || got != (LogSize{"node-2", "64Ki"}) {
		t.Errorf("the size of a node is %+v, %v", got, err)
	}
}

func TestNamed(t *testing.T) {
	i := Instance{Name: "dev"}
	two, err := Spec{}.Merge(i, Wish{Nodes: 2})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := two.Named(i, "node-2"); err != nil || n.Number != 2 {
		t.Errorf("node-2 is %+v, %v", n, err)
	}
	for _, name := range []string{"node-3", "node", "", "NODE-1", "kube-apiserver"} {
		_, err := two.Named(i, name)
		var wrong *WishError
		want := `cluster "dev" has no node "` + name + `": it has node-1, node-2`
		if !errors.As(err, &wrong) || err.Error() != want {
			t.Errorf("Named(%q): got %v, want a WishError: %s", name, err, want)
		}
	}
}

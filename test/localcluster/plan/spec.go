package plan

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Spec is what a cluster should be.
type Spec struct {
	Port  int    `json:"port"` // of the door on 127.0.0.1; 0 = not chosen yet
	Nodes []Node `json:"nodes"`
	// LogMaxSize is at which size the kubelets begin a new log file of a container, in Kubernetes'
	// notation ("10Mi"); empty = the kubelet's own default.
	LogMaxSize string `json:"logMaxSize,omitempty"`
}

// Node is one node of a Spec.
type Node struct {
	Number int               `json:"number"`
	Name   string            `json:"name"`
	Labels map[string]string `json:"labels,omitempty"`
	Taints []Taint           `json:"taints,omitempty"`
	// LogMaxSize goes before that of the Spec; empty = as there.
	LogMaxSize string `json:"logMaxSize,omitempty"`
}

// Taint is a taint of a node; the value may be empty.
type Taint struct {
	Key    string `json:"key"`
	Value  string `json:"value,omitempty"`
	Effect string `json:"effect"`
}

// Wish is what the flags of one `up` ask for.
type Wish struct {
	Nodes      int // 0 = as it is, or 1 for a new cluster
	Labels     []NodeLabel
	Taints     []NodeTaint
	LogMaxSize string    // empty = as it is
	LogSizes   []LogSize // of single nodes
}

// WishError is a wish that cannot be granted because it is wrong in itself.
type WishError struct{ msg string }

func (e *WishError) Error() string { return e.msg }

func wishErrorf(format string, a ...any) error { return &WishError{fmt.Sprintf(format, a...)} }

// Merge adds a wish to a spec. Nothing is ever taken away by leaving a flag out: a plain `up` on a
// cluster of two nodes keeps both, with their labels and taints.
func (s Spec) Merge(i Instance, w Wish) (Spec, error) {
	count := max(w.Nodes, len(s.Nodes), 1)
	if w.Nodes > 0 && w.Nodes < len(s.Nodes) {
		return s, wishErrorf("cluster %q has %d nodes and cannot be made smaller: run down first, then up --nodes %d",
			i.Name, len(s.Nodes), w.Nodes)
	}
	merged := Spec{Port: s.Port, LogMaxSize: cmp.Or(w.LogMaxSize, s.LogMaxSize)}
	for n := 1; n <= count; n++ {
		merged.Nodes = append(merged.Nodes, s.node(n))
	}
	for _, l := range w.Labels {
		node, err := merged.find("--label", l.Node)
		if err != nil {
			return s, err
		}
		node.Labels[l.Key] = l.Value
	}
	for _, t := range w.Taints {
		node, err := merged.find("--taint", t.Node)
		if err != nil {
			return s, err
		}
		node.Taints = withTaint(node.Taints, t.Taint)
	}
	for _, l := range w.LogSizes {
		node, err := merged.find("--kubelet-log-max-size", l.Node)
		if err != nil {
			return s, err
		}
		node.LogMaxSize = l.Size
	}
	return merged, nil
}

// LogMaxSizeOf is at which size that node's kubelet begins a new log file; empty = the kubelet's own.
func (s Spec) LogMaxSizeOf(n Node) string { return cmp.Or(n.LogMaxSize, s.LogMaxSize) }

// node copies the node with that number, or makes it.
func (s Spec) node(number int) Node {
	n := Node{Number: number, Name: NodeName(number), Labels: map[string]string{}}
	if number <= len(s.Nodes) {
		for k, v := range s.Nodes[number-1].Labels {
			n.Labels[k] = v
		}
		n.Taints = append(n.Taints, s.Nodes[number-1].Taints...)
		n.LogMaxSize = s.Nodes[number-1].LogMaxSize
	}
	return n
}

// Named returns the node with that name.
func (s Spec) Named(i Instance, name string) (Node, error) {
	if at := s.index(name); at >= 0 {
		return s.Nodes[at], nil
	}
	var names []string
	for _, n := range s.Nodes {
		names = append(names, n.Name)
	}
	return Node{}, wishErrorf("cluster %q has no node %q: it has %s", i.Name, name, strings.Join(names, ", "))
}

func (s Spec) index(name string) int {
	return slices.IndexFunc(s.Nodes, func(n Node) bool { return n.Name == name })
}

func (s Spec) find(flag, name string) (*Node, error) {
	if at := s.index(name); at >= 0 {
		return &s.Nodes[at], nil
	}
	last := s.Nodes[len(s.Nodes)-1].Name
	return nil, wishErrorf("%s names node %q, but the nodes are node-1 to %s: correct the name or raise --nodes", flag, name, last)
}

// withTaint adds a taint; a taint is identified by its key and effect.
func withTaint(taints []Taint, t Taint) []Taint {
	for i := range taints {
		if taints[i].Key == t.Key && taints[i].Effect == t.Effect {
			taints[i] = t
			return taints
		}
	}
	return append(taints, t)
}

// Load reads the spec of an instance; a cluster that does not exist has an empty one.
func Load(i Instance) (Spec, error) {
	var s Spec
	data, err := os.ReadFile(i.SpecFile())
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("read the state of cluster %q: %w", i.Name, err)
	}
	if err := json.Unmarshal(data, &s); err != nil {
		return s, fmt.Errorf("read %s: %w; run down and up again", i.SpecFile(), err)
	}
	return s, nil
}

// Save writes the spec so that a reader sees the old one or the new one, never half of it.
func (s Spec) Save(i Instance) error {
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the state of cluster %q: %w", i.Name, err)
	}
	return WriteFile(i.SpecFile(), append(data, '\n'), 0o644)
}

// WriteFile replaces a file in one step and makes its folder.
func WriteFile(path string, data []byte, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("make the folder of %s: %w", path, err)
	}
	tmp := path + ".new"
	if err := os.WriteFile(tmp, data, mode); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.Rename(tmp, path); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

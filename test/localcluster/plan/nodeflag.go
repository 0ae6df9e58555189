package plan

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation"
)

// NodeLabel is the value of --label: NODE:key=value.
type NodeLabel struct{ Node, Key, Value string }

// NodeTaint is the value of --taint: NODE:key=value:Effect.
type NodeTaint struct {
	Node string
	Taint
}

var effects = []string{"NoSchedule", "PreferNoSchedule", "NoExecute"}

// ParseLabel reads NODE:key=value; the value may be empty.
func ParseLabel(s string) (NodeLabel, error) {
	node, pair, ok := strings.Cut(s, ":")
	if !ok || node == "" {
		return NodeLabel{}, fmt.Errorf("label %q has no node: write NODE:key=value", s)
	}
	key, value, ok := strings.Cut(pair, "=")
	if !ok {
		return NodeLabel{}, fmt.Errorf("label %q has no '=': write NODE:key=value", s)
	}
	return NodeLabel{Node: node, Key: key, Value: value}, checkPair(s, key, value)
}

// ParseTaint reads NODE:key=value:Effect; the value may be empty.
func ParseTaint(s string) (NodeTaint, error) {
	node, rest, ok := strings.Cut(s, ":")
	if !ok || node == "" {
		return NodeTaint{}, fmt.Errorf("taint %q has no node: write NODE:key=value:Effect", s)
	}
	colon := strings.LastIndex(rest, ":")
	if colon < 0 || !slices.Contains(effects, rest[colon+1:]) {
		return NodeTaint{}, fmt.Errorf("taint %q does not end with an effect: write NODE:key=value:Effect with one of %s",
			s, strings.Join(effects, ", "))
	}
	key, value, _ := strings.Cut(rest[:colon], "=")
	t := NodeTaint{Node: node, Taint: Taint{Key: key, Value: value, Effect: rest[colon+1:]}}
	return t, checkPair(s, key, value)
}

// LogSize is the value of --kubelet-log-max-size: [NODE:]SIZE, where no node means every one.
type LogSize struct{ Node, Size string }

// ParseLogSize reads a size as the kubelet takes it.
func ParseLogSize(s string) (LogSize, error) {
	node, text, ofNode := strings.Cut(s, ":")
	if !ofNode {
		node, text = "", s
	}
	size, err := resource.ParseQuantity(text)
	if bytes, whole := size.AsInt64(); err != nil || !whole || bytes <= 0 || ofNode && node == "" {
		return LogSize{}, fmt.Errorf("%q is not a size: write a positive number of bytes, such as 100Ki or node-2:10Mi", s)
	}
	return LogSize{Node: node, Size: text}, nil
}

func checkPair(s, key, value string) error {
	if problems := validation.IsQualifiedName(key); len(problems) > 0 {
		return fmt.Errorf("%q has the key %q, which Kubernetes refuses: %s", s, key, problems[0])
	}
	if problems := validation.IsValidLabelValue(value); len(problems) > 0 {
		return fmt.Errorf("%q has the value %q, which Kubernetes refuses: %s", s, value, problems[0])
	}
	return nil
}

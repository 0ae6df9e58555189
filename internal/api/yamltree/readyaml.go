package yamltree

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/wording"
)

const (
	// maxValues bounds a file after its aliases are expanded: a few hundred bytes of aliases to aliases can stand for
	// billions of values.
	maxValues = 1_000_000
	// MaxDepth bounds nesting. The deepest thing that a Pod can have is some 15 levels down.
	MaxDepth = 100
)

// ReadYAML makes the tree of a YAML file that has one document.
func ReadYAML(data []byte, c *Collector) *Value {
	for _, check := range []func([]byte) *Problem{checkContent, checkCharacters, checkLines, checkBrackets} {
		if p := check(data); p != nil {
			c.Add(*p)
			return nil
		}
	}
	document, problem := oneDocument(data)
	if problem != nil {
		c.Add(*problem)
		return nil
	}
	r := yamlReader{Collector: c, open: map[*yaml.Node]bool{}}
	root := r.read(document, &Value{}, 0)
	if r.stopped {
		return nil
	}
	root.Parent = nil
	return root
}

// oneDocument parses all and takes the one document that is not empty.
func oneDocument(data []byte) (*yaml.Node, *Problem) {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var found *yaml.Node
	for {
		var node yaml.Node
		err := decoder.Decode(&node)
		switch {
		case errors.Is(err, io.EOF):
			if found == nil {
				return nil, &Problem{Message: "the file has nothing but empty documents: a pipeline begins with apiVersion: " + v1alpha1.APIVersion}
			}
			return found, nil
		case err != nil:
			return nil, syntaxProblem(data, err)
		case len(node.Content) == 0 || node.Content[0].ShortTag() == "!!null":
			continue
		case found != nil:
			second := node.Content[0]
			return nil, &Problem{Line: second.Line, Column: second.Column, Message: "a second document begins here, and a file holds one: put it into a file of its own"}
		}
		found = node.Content[0]
	}
}

// yamlReader turns YAML's nodes into values.
type yamlReader struct {
	*Collector
	count   int
	stopped bool
	open    map[*yaml.Node]bool // aliases that are being expanded
}

// read turns one node and all below it. A new value's parent is set by the caller.
func (r *yamlReader) read(n *yaml.Node, v *Value, depth int) *Value {
	v.Line, v.Column = int32(n.Line), int32(n.Column)
	if r.count++; r.count > maxValues {
		r.stop(v, fmt.Sprintf("the file has more than %d values once its aliases are expanded", maxValues))
	}
	if depth > MaxDepth {
		r.stop(v, fmt.Sprintf("nested deeper than %d levels", MaxDepth))
	}
	if r.stopped {
		return v
	}
	switch n.Kind {
	case yaml.AliasNode:
		return r.alias(n, v, depth)
	case yaml.SequenceNode:
		r.list(n, v, depth)
	case yaml.MappingNode:
		v.Kind = Object
		r.object(n, v, depth)
	default:
		r.scalar(n, v)
	}
	return v
}

func (r *yamlReader) stop(v *Value, message string) {
	if !r.stopped {
		r.stopped = true
		r.Add(Problem{Line: int(v.Line), Column: int(v.Column), Message: message})
	}
}

// alias reads the anchor's node once more, in the alias's place.
func (r *yamlReader) alias(n *yaml.Node, v *Value, depth int) *Value {
	if r.open[n.Alias] {
		r.stop(v, fmt.Sprintf("the anchor &%s contains itself", wording.Bare(n.Value)))
		return v
	}
	r.open[n.Alias] = true
	defer delete(r.open, n.Alias)
	return r.read(n.Alias, v, depth+1)
}

func (r *yamlReader) list(n *yaml.Node, v *Value, depth int) {
	v.Kind = List
	v.Items = make([]*Value, 0, len(n.Content))
	for i, item := range n.Content {
		if r.stopped {
			return
		}
		v.Items = append(v.Items, r.read(item, &Value{Parent: v, Index: int32(i)}, depth+1))
	}
}

// object reads the keys that stand here, and then, under those, what is merged in with <<.
func (r *yamlReader) object(n *yaml.Node, v *Value, depth int) {
	seen := make(map[string]*Value, len(n.Content)/2)
	var merge *yaml.Node
	for i := 0; i+1 < len(n.Content) && !r.stopped; i += 2 {
		k := n.Content[i]
		if k.Kind == yaml.ScalarNode && k.ShortTag() == "!!merge" {
			if merge != nil {
				r.stop(&Value{Line: int32(k.Line), Column: int32(k.Column)}, "a second << in one mapping: give one << a list, as in <<: [*a, *b]")
			}
			merge = n.Content[i+1]
			continue
		}
		r.field(k, n.Content[i+1], v, seen, depth)
	}
	if merge != nil && !r.stopped {
		r.merge(merge, v, seen, depth)
	}
}

func (r *yamlReader) field(k, n *yaml.Node, v *Value, seen map[string]*Value, depth int) {
	inner := &Value{Parent: v, KeyLine: int32(k.Line), keyColumn: int32(k.Column)}
	key, ok := r.key(k, inner, v)
	if !ok {
		return
	}
	inner.Name = key
	if first, twice := seen[key]; twice {
		r.AtKey(inner, "the key %s is given twice in one mapping; the first is in line %d", wording.Quote(key), first.KeyLine)
		return
	}
	seen[key] = inner
	v.Add(key, r.read(n, inner, depth+1))
}

// key is a key's text; only strings are keys, as in JSON.
func (r *yamlReader) key(k *yaml.Node, inner, v *Value) (string, bool) {
	for k.Kind == yaml.AliasNode {
		k = k.Alias
	}
	scalar := &Value{Parent: v, Name: k.Value, Line: int32(k.Line), Column: int32(k.Column)}
	if k.Kind == yaml.ScalarNode {
		r.scalar(k, scalar)
		if scalar.Broken {
			v.Lose(strings.TrimFunc(k.Value, func(c rune) bool { name, _ := oddCharacter(c); return name != "" || c == ' ' }))
			return "", false
		}
		if scalar.Kind == String {
			return scalar.Text, true
		}
	}
	message := "a key must be a string, not a list or mapping"
	if k.Kind == yaml.ScalarNode {
		message = fmt.Sprintf("the key %s is %s; put it in quotes: %q", wording.Bare(k.Value), scalar.Describe(), k.Value)
		switch {
		case scalar.Kind == Null:
			message = "a key is missing in front of the colon"
		case strings.EqualFold(k.Value, "on") && v.Parent == nil:
			message = "a pipeline file has no triggers (on:): run launcher submit when it is time, or put the run into a CronJob"
		}
	}
	r.Add(Problem{Line: int(inner.KeyLine), Column: int(inner.keyColumn), Path: v.Path(), Message: message})
	return "", false
}

// merge adds the fields of << that do not stand in the mapping itself; of several sources the first wins.
func (r *yamlReader) merge(n *yaml.Node, v *Value, seen map[string]*Value, depth int) {
	source := n
	for source.Kind == yaml.AliasNode {
		source = source.Alias
	}
	sources := []*yaml.Node{n}
	if source.Kind == yaml.SequenceNode {
		sources = source.Content
	}
	for _, s := range sources {
		from := r.read(s, &Value{Parent: v, Name: "<<", KeyLine: int32(n.Line), keyColumn: int32(n.Column)}, depth+1)
		if r.stopped {
			return
		}
		if from.Kind != Object {
			r.Add(Problem{Line: s.Line, Column: s.Column, Path: v.Path(), Message: "<< merges mappings, but found " + from.Describe()})
			continue
		}
		for _, f := range from.Fields {
			if seen[f.Key] == nil {
				seen[f.Key] = f.Value
				f.Value.Parent = v
				v.Add(f.Key, f.Value)
			}
		}
	}
}

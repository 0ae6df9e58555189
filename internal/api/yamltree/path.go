package yamltree

import (
	"iter"
	"strconv"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// Path is the way to a place in a Pipeline, built backwards so that it costs next to nothing until a problem needs it.
// nil is the whole document.
type Path struct {
	parent *Path
	Key    string // a field or a map's key
	index  int    // a list's index where key is empty
	item   bool
}

// Field returns the path of a field.
func (p *Path) Field(key string) *Path { return &Path{parent: p, Key: key} }

// At returns the path of a list's element.
func (p *Path) At(index int) *Path { return &Path{parent: p, index: index, item: true} }

// Fields is field for several.
func (p *Path) Fields(keys ...string) *Path {
	for _, k := range keys {
		p = p.Field(k)
	}
	return p
}

func (p *Path) String() string { return p.under("") }

// under is the path written behind another.
func (p *Path) under(prefix string) string {
	if p == nil {
		return prefix
	}
	if p.item {
		return p.parent.under(prefix) + "[" + strconv.Itoa(p.index) + "]"
	}
	return joinKey(p.parent.under(prefix), p.Key)
}

// Segments are the parts from the root on.
func (p *Path) Segments() []*Path {
	var out []*Path
	for ; p != nil; p = p.parent {
		out = append(out, p)
	}
	for i, k := 0, len(out)-1; i < k; i, k = i+1, k-1 {
		out[i], out[k] = out[k], out[i]
	}
	return out
}

// Find follows the path through a tree as far as it goes. silent reports whether the tree was already found wrong there.
func (p *Path) Find(root *Value) (deepest *Value, shown string, silent bool) {
	v := root
	segments := p.Segments()
	for i, s := range segments {
		if v.Broken {
			return v, "", true
		}
		next := s.in(v)
		if next == nil {
			for _, lost := range v.lost {
				silent = silent || !s.item && lost == s.Key
			}
			return v, rest(v.Path(), segments[i:]), silent
		}
		v = next
	}
	return v, v.Path(), v.Broken
}

// in is the step from a value to the one below it; nil if there is none.
func (p *Path) in(v *Value) *Value {
	switch {
	case !p.item:
		return v.Get(p.Key)
	case p.index < len(v.Items):
		return v.Items[p.index]
	}
	return nil
}

// rest is a path with further segments behind it.
func rest(shown string, segments []*Path) string {
	for _, s := range segments {
		if s.item {
			shown += "[" + strconv.Itoa(s.index) + "]"
			continue
		}
		shown = joinKey(shown, s.Key)
	}
	return shown
}

// Steps yields all steps of a pipeline with their paths, in the order of EachStep.
func Steps(p *v1alpha1.Pipeline) iter.Seq2[*Path, *v1alpha1.Step] {
	var root *Path
	return func(yield func(*Path, *v1alpha1.Step) bool) {
		for i, s := range p.EachStep() {
			at := root.Field("steps").At(i)
			if i >= len(p.Steps) {
				at = root.Field("finally").At(i - len(p.Steps))
			}
			if !yield(at, s) {
				return
			}
		}
	}
}

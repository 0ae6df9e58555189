package v1alpha1

import "strconv"

// path is the way to a place in a Pipeline, built backwards so that it costs next to nothing until a problem needs it.
// nil is the whole document.
type path struct {
	parent *path
	key    string // a field or a map's key
	index  int    // a list's index where key is empty
	item   bool
}

func (p *path) field(key string) *path { return &path{parent: p, key: key} }

func (p *path) at(index int) *path { return &path{parent: p, index: index, item: true} }

// fields is field for several.
func (p *path) fields(keys ...string) *path {
	for _, k := range keys {
		p = p.field(k)
	}
	return p
}

func (p *path) String() string { return p.under("") }

// under is the path written behind another.
func (p *path) under(prefix string) string {
	if p == nil {
		return prefix
	}
	if p.item {
		return p.parent.under(prefix) + "[" + strconv.Itoa(p.index) + "]"
	}
	return joinKey(p.parent.under(prefix), p.key)
}

// segments are the parts from the root on.
func (p *path) segments() []*path {
	var out []*path
	for ; p != nil; p = p.parent {
		out = append(out, p)
	}
	for i, k := 0, len(out)-1; i < k; i, k = i+1, k-1 {
		out[i], out[k] = out[k], out[i]
	}
	return out
}

// find follows the path through a tree as far as it goes. silent says that the tree was already found wrong there.
func (p *path) find(root *value) (deepest *value, shown string, silent bool) {
	v := root
	segments := p.segments()
	for i, s := range segments {
		if v.broken {
			return v, "", true
		}
		next := s.in(v)
		if next == nil {
			for _, lost := range v.lost {
				silent = silent || !s.item && lost == s.key
			}
			return v, rest(v.path(), segments[i:]), silent
		}
		v = next
	}
	return v, v.path(), v.broken
}

// in is the step from a value to the one below it; nil if there is none.
func (p *path) in(v *value) *value {
	switch {
	case !p.item:
		return v.get(p.key)
	case p.index < len(v.items):
		return v.items[p.index]
	}
	return nil
}

// rest is a path with further segments behind it.
func rest(shown string, segments []*path) string {
	for _, s := range segments {
		if s.item {
			shown += "[" + strconv.Itoa(s.index) + "]"
			continue
		}
		shown = joinKey(shown, s.key)
	}
	return shown
}

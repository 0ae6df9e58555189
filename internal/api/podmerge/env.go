package podmerge

import "strings"

// Variable is an environment variable as far as its place in a list matters.
type Variable struct{ Name, Value string }

// Order returns the names of two lists of environment variables, the second laid over the first: those of the first in
// their order, then the new ones of the second in theirs.
//
// Kubernetes replaces $(NAME) in a value only where NAME stands before it, and leaves the text as it is otherwise. So a
// variable that another one refers to moves in front of that one, where their places come from the merge: the step's
// `A=$(C)` in the place of the pipeline's A would stand before the step's C. Two variables of the same list that their
// author has put into the wrong order stay as they are.
func Order(under, over []Variable) []string {
	o := orderer{under: index(under), over: index(over), done: map[string]bool{}}
	for _, v := range under {
		o.put(v.Name)
	}
	for _, v := range over {
		o.put(v.Name)
	}
	return o.names
}

type orderer struct {
	under, over map[string]entry
	done        map[string]bool // placed, or about to be: a circle of references ends there
	names       []string
}

// entry is a variable and its place in its list.
type entry struct {
	value string
	place int
}

func index(list []Variable) map[string]entry {
	out := make(map[string]entry, len(list))
	for i, v := range list {
		out[v.Name] = entry{v.Value, i}
	}
	return out
}

func (o *orderer) put(name string) {
	if o.done[name] {
		return
	}
	o.done[name] = true
	for _, ref := range References(o.valueOf(name)) {
		if o.follows(name, ref) {
			o.put(ref)
		}
	}
	o.names = append(o.names, name)
}

func (o *orderer) valueOf(name string) string {
	if v, above := o.over[name]; above {
		return v.value
	}
	return o.under[name].value
}

// follows reports whether a variable is to stand after one that it refers to.
func (o *orderer) follows(name, ref string) bool {
	_, refUnder := o.under[ref]
	_, refAbove := o.over[ref]
	_, above := o.over[name]
	switch {
	case above && refUnder:
		return true
	case above:
		return refAbove && o.over[ref].place < o.over[name].place
	case refUnder:
		return o.under[ref].place < o.under[name].place
	default:
		return refAbove
	}
}

// References returns the names that Kubernetes looks up in a text: NAME of each $(NAME) that no $$ escapes
// (k8s.io/kubernetes/third_party/forked/golang/expansion).
func References(text string) []string {
	var names []string
	for {
		at := strings.IndexByte(text, '$')
		if at < 0 || at+1 == len(text) {
			return names
		}
		rest := text[at+2:]
		if text[at+1] == '(' {
			if end := strings.IndexByte(rest, ')'); end >= 0 {
				names = append(names, rest[:end])
				rest = rest[end+1:]
			}
		}
		text = rest
	}
}

// ordered puts merged elements into their order. Lists that name a variable twice stay as they are.
func ordered(merged, under, over []any) []any {
	byName := make(map[string]any, len(merged))
	for _, e := range merged {
		byName[variable(e).Name] = e
	}
	standing := func(list []any) []Variable {
		var out []Variable
		for _, e := range list {
			if stands := byName[variable(e).Name]; stands != nil && !deletes(e) {
				out = append(out, variable(stands))
			}
		}
		return out
	}
	names := Order(standing(under), standing(over))
	if len(names) != len(merged) {
		return merged
	}
	out := make([]any, len(names))
	for i, name := range names {
		out[i] = byName[name]
	}
	return out
}

func variable(element any) Variable {
	object, _ := element.(map[string]any)
	name, _ := object["name"].(string)
	value, _ := object["value"].(string)
	return Variable{name, value}
}

package v1alpha1

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// squash makes spellings of one word the same: nodeSelector, node_selector, NodeSelector, node-selector.
func squash(s string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(s))
}

// closest is the word that was probably meant, empty when none is near. Of equally near ones the first is taken.
func closest(word string, known []string) string {
	if len(word) > maxShown {
		return ""
	}
	best, limit := "", 1+len(word)/4
	if len(word) < 3 {
		limit = 1
	}
	for _, k := range known {
		if squash(k) == squash(word) {
			return k
		}
		if d := distance(strings.ToLower(word), strings.ToLower(k), limit); d <= limit && d < len(k) {
			best, limit = k, d-1
		}
	}
	return best
}

// distance is the number of letters to add, drop, change or swap with the next; limit+1 for anything above limit.
func distance(a, b string, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for k := range last {
		last[k] = k
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		lowest := i
		for k := 1; k <= len(b); k++ {
			cost := 1
			if a[i-1] == b[k-1] {
				cost = 0
			}
			row[k] = min(last[k]+1, row[k-1]+1, last[k-1]+cost)
			if i > 1 && k > 1 && a[i-1] == b[k-2] && a[i-2] == b[k-1] {
				row[k] = min(row[k], before[k-2]+1)
			}
			lowest = min(lowest, row[k])
		}
		if lowest > limit {
			return limit + 1
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

// didYouMean is the end of a sentence, or nothing.
func didYouMean(word string, known []string) string {
	if near := closest(word, known); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return ""
}

// otherWords are what other tools call our keys.
var otherWords = map[string]string{
	"dependson": "needs", "dependencies": "needs", "dependency": "needs", "requires": "needs", "after": "needs",
	"nodeselectors": "nodeSelector", "nodeselectorterms": "affinity", "maxparallelism": "parallelism", "concurrency": "parallelism",
	"environment": "env", "serviceaccount": "serviceAccountName", "tasks": "steps", "cmd": "command", "entrypoint": "command", "jobs": "steps",
}

// unknownKey is the sentence for a key that t does not have, and the key that was meant, if it is one of t's, or the way
// to it.
func (s shapes) unknownKey(key string, t reflect.Type) (message string, meant []string) {
	names := s.of(t).names
	if near := closest(key, names); near != "" {
		if strings.EqualFold(near, key) {
			return fmt.Sprintf("unknown key %s; keys are case-sensitive: did you mean %q?", quote(key), near), []string{near}
		}
		return fmt.Sprintf("unknown key %s; did you mean %q?", quote(key), near), []string{near}
	}
	if other := otherWords[squash(key)]; slices.Contains(names, other) {
		return fmt.Sprintf("unknown key %s; did you mean %q?", quote(key), other), []string{other}
	}
	if way := s.elsewhere(key, t); way != nil {
		return fmt.Sprintf("unknown key %s; did you mean %q?", quote(key), strings.Join(way, ".")), way
	}
	const few = 14
	if len(names) <= few {
		return fmt.Sprintf("unknown key %s; known here are %s", quote(key), strings.Join(names, ", ")), nil
	}
	return fmt.Sprintf("unknown key %s", quote(key)), nil
}

// elsewhere looks for the key below fields of our own types: image of a step belongs under its settings, nodeSelector
// under their podSettings.
func (s shapes) elsewhere(key string, t reflect.Type) []string {
	if t.PkgPath() != ownPackage {
		return nil
	}
	shape := s.of(t)
	for _, name := range shape.names {
		below := settingsBelow(shape.types[name])
		if below == nil {
			continue
		}
		if near := spelled(key, s.of(below).names); near != "" {
			return []string{name, near}
		}
		if way := s.elsewhere(key, below); way != nil {
			return append([]string{name}, way...)
		}
	}
	return nil
}

// spelled is the name that is the same word.
func spelled(key string, names []string) string {
	key = cmpOther(key)
	for _, n := range names {
		if squash(n) == squash(key) {
			return n
		}
	}
	return ""
}

func cmpOther(key string) string {
	if other := otherWords[squash(key)]; other != "" {
		return other
	}
	return key
}

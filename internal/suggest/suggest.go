// Package suggest finds the known word that a misspelled word probably stands for: a key of the pipeline, a step, a flag.
//
// Invariants: it is pure, and there is one threshold for all words. A suggestion needs at most one edit, plus one for every four
// bytes of the word, and never as many as the suggestion has bytes. Words longer than MaxWord are compared with nothing, so that
// a file cannot make the search expensive.
package suggest

import (
	"fmt"
	"strings"
)

// MaxWord is the length in bytes of the longest word for which something is suggested. Names of Kubernetes' objects that
// users write by hand are shorter.
const MaxWord = 80

// DidYouMean returns `; did you mean "x"?` for the known word that is closest, to end a sentence with, or nothing.
func DidYouMean(word string, known []string) string {
	if near := Closest(word, known); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return ""
}

// Closest returns the known word that was probably meant, or nothing if none is close. A word that only differs in case,
// dashes and underscores wins at once; among equally close words the first wins.
func Closest(word string, known []string) string {
	if len(word) > MaxWord {
		return ""
	}
	best, limit := "", mostEdits(word)
	for _, k := range known {
		if Fold(k) == Fold(word) {
			return k
		}
		if d := distance(strings.ToLower(word), strings.ToLower(k), limit); d <= limit && d < len(k) {
			best, limit = k, d-1
		}
	}
	return best
}

func mostEdits(word string) int {
	if len(word) < 3 {
		return 1
	}
	return 1 + len(word)/4
}

// Fold returns the same text for all spellings of a word: nodeSelector, node_selector, NodeSelector, node-selector.
func Fold(word string) string { return strings.ToLower(separators.Replace(word)) }

var separators = strings.NewReplacer("_", "", "-", "")

// distance returns the number of bytes to insert, delete, replace, or swap with their neighbor (optimal string alignment),
// or limit+1 if it is above the limit.
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

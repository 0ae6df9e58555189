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

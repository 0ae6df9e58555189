// Package phrase has the parts of sentences that all of Stepherd's messages share.
//
// Invariants: it is pure, and knows nothing of what is spoken about.
package phrase

import (
	"fmt"
	"strings"
)

// OneLine returns a text that somebody else wrote as one line: every run of spaces and line breaks is one space.
func OneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// Count returns `1 step Pod`, `3 step Pods`, of a noun whose plural ends in s.
func Count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

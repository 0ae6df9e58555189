package launch

import (
	"fmt"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// DidYouMean is `; did you mean "x"?` for the candidate that is nearest to a word, or empty when none is near.
func DidYouMean(word string, candidates []string) string {
	best, least := "", 1+max(1, min(len(word), 64)/3)
	for _, c := range candidates {
		if d := distance(word, c); d < least {
			best, least = c, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}

// distance is the number of bytes to insert, delete, replace, or swap with their neighbour (optimal string alignment).
// Words are looked at up to 64 bytes: a name is not longer.
func distance(a, b string) int {
	const most = 64
	a, b = a[:min(len(a), most)], b[:min(len(b), most)]
	var before, last []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before, last, row = last, row, make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			replace := last[j]
			if a[i] != b[j] {
				replace++
			}
			row[j+1] = min(replace, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(b)]
}

func stepNames(p *v1alpha1.Pipeline) []string {
	names := make([]string, len(p.Steps))
	for i := range p.Steps {
		names[i] = p.Steps[i].Name
	}
	return names
}

func noSuchStep(p *v1alpha1.Pipeline, step string) *Error {
	return userErrorf("pipeline %q has no step %q%s", p.Metadata.Name, step, DidYouMean(step, stepNames(p)))
}

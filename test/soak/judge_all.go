package main

import (
	"fmt"
	"maps"
	"slices"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// judgeAll says what is wrong with all that was seen of a run, a sentence each, and what became of steps whose ends were
// forgotten.
func judgeAll(v variant, s seen, h harm) (problems, forgotten []string) {
	problems = slices.Clone(s.trouble)
	proof, err := parseProof(s.proof)
	if err != nil {
		return append(problems, fmt.Sprintf("read the proof: %v", err)), nil
	}
	j := judged(evidence{v, s.code, s.run, proof, h})
	problems = append(problems, j.problems...)
	if s.atVerdict.Phase.Ended() {
		problems = append(problems, changed(s.atVerdict, s.run)...)
	}
	return problems, slices.Sorted(maps.Values(j.forgotten))
}

// changed says what a run tells otherwise than when it had just got its verdict.
func changed(first, last v1alpha1.Run) []string {
	var problems []string
	if first.Phase != last.Phase || first.Reason != last.Reason {
		problems = append(problems, fmt.Sprintf("the run was %q with reason %q, and is %q with %q now", first.Phase, first.Reason, last.Phase, last.Reason))
	}
	for i := range min(len(first.Steps), len(last.Steps)) {
		a, b := first.Steps[i], last.Steps[i]
		if a.Phase != b.Phase || a.Reason != b.Reason || len(a.Attempts) != len(b.Attempts) {
			problems = append(problems, fmt.Sprintf("step %s was %q with reason %q after %d attempts, and is %q with %q after %d now",
				a.Name, a.Phase, a.Reason, len(a.Attempts), b.Phase, b.Reason, len(b.Attempts)))
		}
	}
	return problems
}

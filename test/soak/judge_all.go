package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// judgeAll returns what is wrong with all that was seen of a run, a sentence each, and what became of steps whose ends were
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

// changed returns what a run tells otherwise than when it had just got its verdict.
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

// What the judge allows where a Pod was taken away before any driver had written down how it ended: harm.takenUnseen has
// to say so of that very Pod.

// madeAgain reports whether an attempt's first program ran unseen, so that the attempt was made again under its number.
func (j *judgement) madeAgain(first, again life) bool {
	at, taken := j.harm.takenUnseen(j.run.Metadata.Name, first)
	if !taken || again.began.Before(at) {
		return false
	}
	j.forgotten[first.uid] = "no driver had seen the attempt, and it was made again"
	return true
}

// unseenSuccess gives the program that made a step successful, where the run has no attempt for it: its Pod was gone, but
// that of a successor was there to prove that it had succeeded.
func (j *judgement) unseenSuccess(s v1alpha1.StepStatus) (life, bool) {
	if s.Phase != v1alpha1.StepSucceeded || !strings.Contains(s.Message, "its end was not seen") {
		return life{}, false
	}
	for _, f := range j.lives {
		if _, taken := j.harm.takenUnseen(j.run.Metadata.Name, f); taken && f.step == s.Name && f.attempt == len(s.Attempts)+1 && f.ends == 1 {
			return f, true
		}
	}
	return life{}, false
}

// succeededUnseen reports whether a program is one of those.
func (j *judgement) succeededUnseen(f life) bool {
	for _, s := range j.run.Steps {
		if of, ok := j.unseenSuccess(s); ok && of.uid == f.uid {
			j.forgotten[f.uid] = "a successor's Pod proved the success"
			return true
		}
	}
	return false
}

// metUnseen reports whether a need had come to its end before a place in the proof, and that this was forgotten with its Pod
// later: what needs it had been started by then, rightly.
func (j *judgement) metUnseen(s v1alpha1.StepStatus, start int) bool {
	for _, f := range j.lives {
		if f.step != s.Name || f.ends != 1 || f.last >= start {
			continue
		}
		if _, taken := j.harm.takenUnseen(j.run.Metadata.Name, f); taken && (j.succeededUnseen(f) || j.wasTaken(s, f)) {
			return true
		}
	}
	return false
}

// wasTaken reports whether the run tells of a program's attempt that its Pod was taken away.
func (j *judgement) wasTaken(s v1alpha1.StepStatus, f life) bool {
	for _, a := range s.Attempts {
		if a.Pod == f.pod && a.Phase == v1alpha1.StepFailed && j.harm.explains(a) {
			j.forgotten[f.uid] = "the successor had started, and both ran again"
			return true
		}
	}
	return false
}

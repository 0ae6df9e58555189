package main

import (
	"encoding/base64"
	"encoding/json"
	"slices"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// needsBefore holds that a step started when all that it needs had come to their ends.
func (j *judgement) needsBefore(n node) {
	start := firstStart(j.proof, n.name)
	switch {
	case start < 0:
		return
	case n.when == ifFailed:
		j.failureBefore(n, start)
		return
	case n.finally:
		j.allBefore(n, start)
		return
	}
	for _, s := range j.run.Steps {
		notTaken := n.when == unlessFailed && s.Reason == v1alpha1.ReasonConditionFalse
		if !slices.Contains(n.needs, s.Name) || notTaken || j.metBefore(s, start) {
			continue
		}
		// What the record had before is not forgotten.
		if n.waitsForRecord() || !j.metUnseen(s, start) {
			j.problem("step %s started before the successful attempt of %s, which it needs, had come to its end", n.name, s.Name)
		}
	}
}

// metBefore reports whether a step's successful attempt had come to its end before a place in the proof.
func (j *judgement) metBefore(s v1alpha1.StepStatus, start int) bool {
	return slices.ContainsFunc(j.proof[:start], func(l line) bool {
		return l.what == saidEnd && slices.ContainsFunc(s.Attempts, func(a v1alpha1.AttemptStatus) bool {
			return a.Pod == l.pod && a.Phase == v1alpha1.StepSucceeded
		})
	})
}

// failureBefore holds that a step for failures started when one of the run's steps had failed for good.
func (j *judgement) failureBefore(n node, start int) {
	failed := slices.ContainsFunc(j.run.Steps, func(s v1alpha1.StepStatus) bool {
		return s.Phase == v1alpha1.StepFailed && len(s.Attempts) > 0 && slices.ContainsFunc(j.proof[:start], func(l line) bool {
			return l.what == saidFail && l.pod == s.Attempts[len(s.Attempts)-1].Pod
		})
	})
	if !failed {
		j.problem("step %s, which is for failures, started before a step had failed", n.name)
	}
}

// allBefore holds that a step under finally started when nothing else of the run lived, as far as that can be known: no program
// says anything after that, but those that were out of reach, or that nobody waits for.
func (j *judgement) allBefore(n node, start int) {
	attempts := j.attemptsByPod()
	for _, f := range j.lives {
		a := attempts[f.pod]
		outOfReach := f.first < start && (j.harm.mayOverlap(a) || j.harm.adrift(a))
		if f.step != n.name && f.last > start && !outOfReach && !j.harm.mayBeLate(f, a) {
			j.problem("attempt %d of step %s said %q when %s had started, which stands under finally", f.attempt, f.step, j.proof[f.last].what, n.name)
		}
	}
}

func (j *judgement) attemptsByPod() map[string]v1alpha1.AttemptStatus {
	attempts := map[string]v1alpha1.AttemptStatus{}
	for _, s := range j.run.Steps {
		for _, a := range s.Attempts {
			attempts[a.Pod] = a
		}
	}
	return attempts
}

// results holds that the run tells the result which the successful attempt of a step wrote, and returns the UID of that attempt's Pod.
func (j *judgement) results(n node) (giver string) {
	i := slices.IndexFunc(j.run.Steps, func(s v1alpha1.StepStatus) bool { return s.Name == n.name })
	if i < 0 {
		return ""
	}
	s := j.run.Steps[i]
	if s.Phase != v1alpha1.StepSucceeded {
		if len(s.Results) > 0 {
			j.problem("step %s is %s and has results", s.Name, s.Phase)
		}
		return ""
	}
	if len(s.Attempts) > 0 {
		if lives := livesAs(j.lives, s.Attempts[len(s.Attempts)-1].Pod); len(lives) > 0 {
			giver = lives[len(lives)-1].uid
		}
	}
	var told string
	if err := json.Unmarshal([]byte(s.Results["text"]), &told); err != nil || told != riddle+" "+giver {
		j.problem("the result of step %s is %q, want the text %q", s.Name, s.Results["text"], riddle+" "+giver)
	}
	return giver
}

// values holds what steps were given against what they should have been: the result of merge's successful attempt, and, under
// finally, the verdict. Each program that came to its end has written down one of them.
func (j *judgement) values() {
	words := map[string]string{saidOutcome: string(j.run.Phase)}
	for _, n := range graph() {
		if n.results != "" {
			words[saidGiven] = j.results(n)
		}
	}
	for _, l := range j.proof {
		switch want, told := words[l.what]; {
		case l.what == saidGarbled:
			j.problem("attempt %d of step %s was given the result %q", l.attempt, l.step, decoded(l.word))
		case told && l.word != want:
			j.problem("attempt %d of step %s was given %q, want %q", l.attempt, l.step, l.word, want)
		}
	}
	for _, n := range graph() {
		if n.env != "" {
			j.wereGiven(n)
		}
	}
}

func (j *judgement) wereGiven(n node) {
	for _, f := range j.lives {
		given := 0
		for _, l := range j.proof {
			if l.uid == f.uid && (l.what == saidGiven || l.what == saidOutcome) {
				given++
			}
		}
		if f.step == n.name && f.ends == 1 && given != 1 {
			j.problem("attempt %d of step %s came to its end, and wrote down %d times what it was given", f.attempt, f.step, given)
		}
	}
}

// decoded is a text of which a step wrote the base64; what is none is left as it is.
func decoded(word string) string {
	text, err := base64.StdEncoding.DecodeString(word)
	if err != nil {
		return word
	}
	return string(text)
}

package main

import (
	"fmt"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// evidence is all that is known of a run that has ended.
type evidence struct {
	variant variant
	code    int // of `launcher wait`
	run     v1alpha1.Run
	proof   []line
	harm    harm
}

// judge returns what is wrong with how a run went, a sentence each.
func judge(e evidence) []string { return judged(e).problems }

func judged(e evidence) *judgement {
	j := &judgement{evidence: e, lives: livesOf(e.proof), forgotten: map[string]string{}}
	j.verdict()
	j.allSteps()
	for _, s := range e.run.Steps {
		j.step(s)
	}
	j.programs()
	for _, n := range graph() {
		j.needsBefore(n)
	}
	j.values()
	return j
}

type judgement struct {
	evidence
	lives    []life
	problems []string
	// forgotten are programs, by the UIDs of their Pods, whose ends were forgotten, with what became of their steps.
	forgotten map[string]string
}

func (j *judgement) problem(format string, args ...any) {
	j.problems = append(j.problems, fmt.Sprintf(format, args...))
}

func (j *judgement) verdict() {
	v := j.variant
	if j.code != v.code {
		j.problem("`launcher wait` ended with %d, want %d", j.code, v.code)
	}
	if j.run.Phase != v.phase || j.run.Reason != v.reason {
		j.problem("the run is %q with reason %q, want %q with %q: %s", j.run.Phase, j.run.Reason, v.phase, v.reason, j.run.Message)
	}
}

func (j *judgement) allSteps() {
	all := graph()
	if len(j.run.Steps) != len(all) {
		j.problem("the run has %d steps, want %d", len(j.run.Steps), len(all))
		return
	}
	for i, n := range all {
		if s := j.run.Steps[i]; s.Name != n.name || s.Finally != n.finally {
			j.problem("step %d is %q (under finally: %t), want %q (%t)", i+1, s.Name, s.Finally, n.name, n.finally)
		}
	}
}

func (j *judgement) step(s v1alpha1.StepStatus) {
	if want, foreseen := j.foreseen(s); !foreseen {
		j.problem("step %s is %q with reason %q, which cannot be of a run that %s", s.Name, s.Phase, s.Reason, j.variant.name)
	} else if s.Phase != want.phase || s.Reason != want.reason {
		j.problem("step %s is %q with reason %q, want %q with %q: %s", s.Name, s.Phase, s.Reason, want.phase, want.reason, s.Message)
	}
	j.attempts(s)
	for _, a := range s.Attempts {
		j.proofOf(s, a)
	}
}

// foreseen gives how a step is to end. A cancel meets steps where it meets them, but for those under finally.
func (j *judgement) foreseen(s v1alpha1.StepStatus) (want end, ok bool) {
	want, ok = j.variant.ends[s.Name]
	if !ok {
		want = end{phase: v1alpha1.StepSucceeded}
	}
	if j.variant.cancelAt == "" || s.Finally || s.Phase == want.phase && s.Reason == want.reason {
		return want, true
	}
	want = end{s.Phase, v1alpha1.ReasonCancelled}
	return want, s.Phase == v1alpha1.StepCancelled || s.Phase == v1alpha1.StepSkipped
}

// attempts holds that they are consecutive, that all but the last failed for a reason that there was, and that the last
// one ended as the step did.
func (j *judgement) attempts(s v1alpha1.StepStatus) {
	ran := s.Phase != v1alpha1.StepSkipped
	_, unseen := j.unseenSuccess(s)
	if ran != (len(s.Attempts) > 0) && !unseen {
		j.problem("step %s is %s and has %d attempts", s.Name, s.Phase, len(s.Attempts))
	}
	for i, a := range s.Attempts {
		if a.Number != i+1 {
			j.problem("attempt %d of step %s has number %d", i+1, s.Name, a.Number)
		}
		switch last := i == len(s.Attempts)-1; {
		case a.Phase == v1alpha1.StepFailed:
			j.failed(s, a)
			if last && s.Phase == v1alpha1.StepSucceeded && !unseen {
				j.problem("step %s succeeded, but its last attempt failed", s.Name)
			}
		case !last:
			j.problem("attempt %d of step %s is %s, but another one follows", a.Number, s.Name, a.Phase)
		case a.Phase != s.Phase:
			j.problem("step %s is %s, but its last attempt is %s", s.Name, s.Phase, a.Phase)
		}
	}
}

// failed holds that a failed attempt either does so by its script or was harmed.
func (j *judgement) failed(s v1alpha1.StepStatus, a v1alpha1.AttemptStatus) {
	does := j.variant.does[s.Name]
	own := does == fails || does == failsOnce && a.Number == 1
	switch {
	case a.Reason == v1alpha1.ReasonError && own:
		if a.ExitCode == nil || *a.ExitCode != 3 {
			j.problem("attempt %d of step %s failed with exit code %s, want 3", a.Number, s.Name, codeOf(a))
		}
	case !j.harm.explains(a):
		j.problem("attempt %d of step %s (Pod %s on %s) failed as %q for no reason that was given to it: %s",
			a.Number, s.Name, a.Pod, a.Node, a.Reason, a.Message)
	}
}

func codeOf(a v1alpha1.AttemptStatus) string {
	if a.ExitCode == nil {
		return "none"
	}
	return fmt.Sprint(*a.ExitCode)
}

// proofOf holds an attempt against what its program wrote: success means that it came to its end, and a program that
// came to its end without success had been taken away from outside.
func (j *judgement) proofOf(s v1alpha1.StepStatus, a v1alpha1.AttemptStatus) {
	var last life
	if lives := livesAs(j.lives, a.Pod); len(lives) > 0 {
		last = lives[len(lives)-1]
	}
	switch a.Phase {
	case v1alpha1.StepSucceeded:
		if last.ends != 1 {
			j.problem("attempt %d of step %s succeeded, but its program did not come to its end", a.Number, s.Name)
		}
	case v1alpha1.StepFailed:
		if last.ends > 0 && !j.harm.explains(a) {
			j.problem("attempt %d of step %s failed as %q, but its program came to its end", a.Number, s.Name, a.Reason)
		}
	default: // of others nothing follows
	}
}

// programs holds what the Pods wrote against each other: each is an attempt of the run and ran once, and starts when the
// one before it is over. A name comes twice only if the first Pod was taken away while no driver was there to see it.
func (j *judgement) programs() {
	attempts := j.attemptsByPod()
	before := map[string]life{} // step -> the life that started last
	for _, f := range j.lives {
		if a, known := attempts[f.pod]; (!known || a.Number != f.attempt) && !j.succeededUnseen(f) {
			j.problem("Pod %s (attempt %d of step %s) ran, but the run does not know it as such", f.pod, f.attempt, f.step)
		}
		if f.starts != 1 || f.ends > 1 {
			j.problem("the program of Pod %s (%s) started %d times and came to its end %d times", f.pod, f.uid, f.starts, f.ends)
		}
		b, ok := before[f.step]
		if ok && f.attempt < b.attempt && j.harm.mayBeLate(f, attempts[f.pod]) {
			continue
		}
		if ok {
			j.follows(b, f, attempts[b.pod])
		}
		before[f.step] = f
	}
}

func (j *judgement) follows(b, f life, before v1alpha1.AttemptStatus) {
	switch {
	case f.attempt < b.attempt:
		j.problem("attempt %d of step %s started after attempt %d", f.attempt, f.step, b.attempt)
	case f.pod == b.pod && !j.harm.tookAway(before) && !j.madeAgain(b, f):
		j.problem("attempt %d of step %s ran twice, and nobody took its first Pod away", f.attempt, f.step)
	}
	if b.last > f.first && !j.harm.mayOverlap(before) {
		j.problem("attempt %d of step %s said %q when attempt %d had started", b.attempt, b.step, j.proof[b.last].what, f.attempt)
	}
}

package run

import (
	"fmt"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// finishOrWait gives the verdict when every step has ended and nothing is live; until then it asks to be woken, if the
// time to wake at is another than before, or the timer has been used up.
func (d *transition) finishOrWait(e Event) {
	if d.open.empty() && d.live.empty() && len(d.strays) == 0 {
		d.finish(d.finalVerdict())
		return
	}
	_, woke := e.(TimerFired)
	if at := d.nextTimer(); !at.IsZero() && (woke || !at.Equal(d.before.nextTimer())) {
		d.do(SetTimer{At: at})
	}
}

// finalVerdict is the verdict when all steps have ended.
func (s *State) finalVerdict() Finish {
	if s.final.begun() {
		return s.finalJudgement()
	}
	return s.judgement()
}

func (d *transition) finish(f Finish) {
	d.verdict = &f
	learn(&d.finishedAt, d.now)
	d.do(f)
}

// tally is what the ends of steps come to.
type tally struct {
	steps, succeeded, fine int
	cancelled, late        bool
	failed                 set
}

// tally counts the steps under finally, or all others.
func (s *State) tally(finally bool) tally {
	t := tally{failed: newSet(s.count())}
	for i := range s.count() {
		if s.template(i).finally != finally {
			continue
		}
		end := s.steps.at(i).end
		t.steps++
		if end.phase == v1alpha1.StepSucceeded {
			t.succeeded++
		}
		if end.isFine() {
			t.fine++
		}
		t.failed.put(i, end.phase == v1alpha1.StepFailed)
		t.cancelled = t.cancelled || end.reason == v1alpha1.ReasonCancelled
		t.late = t.late || end.reason == v1alpha1.ReasonTimeout && end.phase != v1alpha1.StepFailed
	}
	return t
}

// judgement is the verdict on the steps that do not stand under finally, from their ends alone: a cancel that came too late to keep
// any step from its end changes nothing, and a driver that takes the run up comes to the same.
func (s *State) judgement() Finish {
	t := s.tally(false)
	switch {
	case t.fine == t.steps:
		return Finish{Phase: v1alpha1.RunSucceeded}
	case t.cancelled:
		return Finish{
			Phase: v1alpha1.RunCancelled, Reason: v1alpha1.ReasonCancelled,
			Message: fmt.Sprintf("cancelled when %d of %d steps had succeeded", t.succeeded, t.steps),
		}
	case t.late:
		return Finish{
			Phase: v1alpha1.RunFailed, Reason: v1alpha1.ReasonTimeout,
			Message: fmt.Sprintf("%s, when %d of %d steps had succeeded", s.timeoutMessage(), t.succeeded, t.steps),
		}
	}
	return Finish{Phase: v1alpha1.RunFailed, Reason: v1alpha1.ReasonStepFailed, Message: s.failureMessage(t.failed)}
}

// failureMessage names the first of the steps that failed, in the order of the file.
func (s *State) failureMessage(failed set) string {
	n := failed.len()
	if n == 0 {
		return "not all steps succeeded" // only a strange record can say so
	}
	st := s.steps.at(failed.first())
	message := fmt.Sprintf("%s: %s", failedMessage(s.Name(failed.first())), st.end.reason)
	if a := st.latest(); a != nil && a.pod.ExitCode != nil && *a.pod.ExitCode != 0 {
		message += fmt.Sprintf(", exit code %d", *a.pod.ExitCode)
	}
	switch {
	case n == 2:
		message += " (and 1 more step failed)"
	case n > 2:
		message += fmt.Sprintf(" (and %d more steps failed)", n-1)
	}
	return message
}

package run

import (
	"fmt"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// finishOrWait gives the verdict when every step has ended and nothing is live; until then it asks to be woken, if the
// time to wake at is another than before, or the timer has been used up.
func (d *transition) finishOrWait(e Event) {
	if d.open.empty() && d.live.empty() && len(d.strays) == 0 {
		d.finish(d.judgement())
		return
	}
	_, woke := e.(TimerFired)
	if at := d.nextTimer(); !at.IsZero() && (woke || !at.Equal(d.before.nextTimer())) {
		d.do(SetTimer{At: at})
	}
}

func (d *transition) finish(f Finish) {
	d.verdict = &f
	learn(&d.finishedAt, d.now)
	d.do(f)
}

// judgement is the verdict, from the ends of the steps alone: a cancel that came too late to keep any step from its end
// changes nothing, and a driver that takes the run up comes to the same.
func (s *State) judgement() Finish {
	succeeded, cancelled, late := 0, false, false
	for i := range s.count() {
		end := s.steps.at(i).end
		if end.phase == v1alpha1.StepSucceeded {
			succeeded++
		}
		cancelled = cancelled || end.reason == v1alpha1.ReasonCancelled
		late = late || end.reason == v1alpha1.ReasonTimeout && end.phase != v1alpha1.StepFailed
	}
	switch {
	case succeeded == s.count():
		return Finish{Phase: v1alpha1.RunSucceeded}
	case cancelled:
		return Finish{
			Phase: v1alpha1.RunCancelled, Reason: v1alpha1.ReasonCancelled,
			Message: fmt.Sprintf("cancelled when %d of %d steps had succeeded", succeeded, s.count()),
		}
	case late:
		return Finish{
			Phase: v1alpha1.RunFailed, Reason: v1alpha1.ReasonTimeout,
			Message: fmt.Sprintf("%s, when %d of %d steps had succeeded", s.timeoutMessage(), succeeded, s.count()),
		}
	}
	return Finish{Phase: v1alpha1.RunFailed, Reason: v1alpha1.ReasonStepFailed, Message: s.failureMessage()}
}

// failureMessage names the first failed step of the file.
func (s *State) failureMessage() string {
	n := s.failed.len()
	if n == 0 {
		return "not all steps succeeded" // only a strange record can say so
	}
	st := s.steps.at(s.failed.first())
	message := fmt.Sprintf("%s: %s", failedMessage(s.Name(s.failed.first())), st.end.reason)
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

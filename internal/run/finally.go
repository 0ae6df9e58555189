package run

import (
	"fmt"
	"time"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// final is how far the run is with the steps under finally.
type final struct {
	// verdict is that on all other steps, given when the last of them had ended; nil before. It never changes.
	verdict   *Finish
	startedAt time.Time
	cancelled bool           // by the second mark
	timedOut  bool           // they have taken longer than finallyTimeout
	grace     *time.Duration // that the second cancel gives to their Pods; nil: their own
}

// begun reports whether the steps under finally may start.
func (f *final) begun() bool { return f.verdict != nil }

// stepsEnded reports whether all steps have ended that do not stand under finally.
func (s *State) stepsEnded() bool { return s.open.emptyBut(s.table.finally) }

// finallyIsDue reports whether all other steps have ended and nothing of them lives.
func (d *transition) finallyIsDue() bool {
	return d.table.finally != nil && !d.final.begun() && d.stepsEnded() && d.live.emptyBut(d.table.finally) && len(d.strays) == 0
}

// beginFinally lets the steps under finally start, after a verdict on all others.
func (d *graphTxn) beginFinally(verdict Finish, at time.Time) {
	d.final.verdict, d.final.startedAt = &verdict, at
	d.own()
	for i := range d.table.finally.all() {
		d.steps.own(i, d.before.steps).unmet[i%chunkLen]--
		d.reindex(i)
	}
	d.undrawn = true
}

// resumeFinally lets finally go on where an earlier driver had begun it, by that driver's verdict. The verdict counts only together
// with the ends that it was made of: the head of the record may have been written before the pieces, and then no Pod follows from
// it yet.
func (d *restore) resumeFinally(head record.Head) {
	if v := head.Provisional; v != nil && d.table.finally != nil && d.stepsEnded() {
		d.beginFinally(Finish{Phase: v.Phase, Reason: v.Reason, Message: v.Message}, timeOf(head.FinallyStartedAt))
	}
}

// cancelFinally stops the steps under finally while they run. A later grace that is longer changes nothing.
func (d *transition) cancelFinally(grace *time.Duration) {
	if !d.final.begun() || d.open.empty() {
		return
	}
	d.final.cancelled = true
	if grace == nil || d.final.grace != nil && *d.final.grace <= *grace {
		return
	}
	d.final.grace = grace
	d.hasten(true)
}

// finallyEnds is when the time of the steps under finally is over; zero if they do not run, or it does not matter any more.
func (s *State) finallyEnds() time.Time {
	if !s.final.begun() || s.final.timedOut || s.final.cancelled || s.open.empty() {
		return time.Time{}
	}
	return s.final.startedAt.Add(s.plan.finallyTimeout)
}

// finallyHalted is halted for the steps under finally. They do not stop each other.
func (s *State) finallyHalted() (reason v1alpha1.Reason, kills bool) {
	switch {
	case s.final.cancelled:
		return v1alpha1.ReasonCancelled, true
	case s.final.timedOut:
		return v1alpha1.ReasonTimeout, true
	}
	return "", false
}

func (s *State) finallyTimeoutMessage() string {
	return fmt.Sprintf("the steps under finally took longer than %s (finallyTimeout)", v1alpha1.Duration(s.plan.finallyTimeout))
}

// finalJudgement is the verdict of a run with finally: that on its other steps, unless these have succeeded and finally has not.
func (s *State) finalJudgement() Finish {
	if s.final.verdict.Phase != v1alpha1.RunSucceeded {
		return *s.final.verdict
	}
	t := s.tally(true)
	switch {
	case t.fine == t.steps:
		return *s.final.verdict
	case !t.failed.empty():
		return Finish{Phase: v1alpha1.RunFailed, Reason: v1alpha1.ReasonStepFailed, Message: "finally: " + s.failureMessage(t.failed)}
	case t.cancelled:
		return Finish{
			Phase: v1alpha1.RunCancelled, Reason: v1alpha1.ReasonCancelled,
			Message: fmt.Sprintf("finally was cancelled when %d of its %d steps had succeeded", t.succeeded, t.steps),
		}
	case t.late:
		return Finish{
			Phase: v1alpha1.RunFailed, Reason: v1alpha1.ReasonTimeout,
			Message: fmt.Sprintf("%s, when %d of %d had succeeded", s.finallyTimeoutMessage(), t.succeeded, t.steps),
		}
	}
	return Finish{Phase: v1alpha1.RunFailed, Reason: v1alpha1.ReasonStepFailed, Message: "finally: " + s.failureMessage(t.failed)}
}

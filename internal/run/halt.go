package run

import (
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// halted says why nothing new is started any more, if so, and whether what runs is to be deleted too.
func (s *State) halted() (reason v1alpha1.Reason, kills bool) {
	switch {
	case !s.cancelledAt.IsZero():
		return v1alpha1.ReasonCancelled, true
	case s.timedOut:
		return v1alpha1.ReasonTimeout, true
	case s.plan.policy == v1alpha1.ContinueOnFailure || s.failed.empty():
		return "", false
	}
	return v1alpha1.ReasonStopped, s.plan.policy == v1alpha1.FailFast
}

func (s *State) haltMessage() string {
	switch {
	case !s.cancelledAt.IsZero():
		return ""
	case s.timedOut:
		return s.timeoutMessage()
	}
	return failedMessage(s.Name(s.failed.first()))
}

// stopBegins reports whether with this event something, or more, is to be stopped.
func (d *graphTxn) stopBegins() bool {
	reason, kills := d.halted()
	was, killed := d.before.halted()
	return reason != was || kills != killed
}

// stopWaiting ends the steps that wait for their next attempt, or to try a create again. It comes before all skips: that a
// need has failed says more than that it was stopped.
func (d *graphTxn) stopWaiting() {
	d.decideUndecided()
	for i := range d.open.all() {
		if a := d.latest(i); a != nil && a.stage == refused {
			d.stop(i)
		}
	}
}

// halt stops the rest. A step whose create is unanswered counts as running.
func (d *transition) halt() {
	reason, _ := d.halted()
	for i := range d.count() {
		a := d.latest(i)
		switch {
		case a != nil && a.isLive():
			d.evaluate(i)
		case d.isOpen(i):
			d.skip(i, reason, d.haltMessage())
		}
	}
}

// cancel ends the run as soon as may be: halt deletes what lives and skips the rest. When all steps have ended there is
// nothing left to cancel. Another grace than before is given to the Pods, too, that are on their way out already.
func (d *transition) cancel(at time.Time, grace *time.Duration) {
	if d.open.empty() && d.cancelledAt.IsZero() {
		return
	}
	learn(&d.cancelledAt, at)
	if grace == nil || d.grace != nil && *d.grace == *grace {
		return
	}
	d.grace = grace
	for i := range d.live.all() {
		if a := d.latest(i); a.killAsked && a.stage == seen {
			d.do(d.deletion(a.pod, a.pod.End != EndNone))
		}
	}
}

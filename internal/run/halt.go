package run

import (
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// stopped says why nothing new is started any more, if so, and whether what runs is to be deleted too. It concerns the steps that
// do not stand under finally.
func (s *State) stopped() (reason v1alpha1.Reason, kills bool) {
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

// halted is stopped for one step. A step whose condition calls failed() or always() is not stopped by failures.
func (s *State) halted(i int) (reason v1alpha1.Reason, kills bool) {
	t := s.template(i)
	if t.finally {
		return s.finallyHalted()
	}
	if reason, kills = s.stopped(); reason == v1alpha1.ReasonStopped && t.exempt {
		return "", false
	}
	return reason, kills
}

func (s *State) haltMessage(i int) string {
	switch finally := s.template(i).finally; {
	case finally && s.final.cancelled, !finally && !s.cancelledAt.IsZero():
		return ""
	case finally:
		return s.finallyTimeoutMessage()
	case s.timedOut:
		return s.timeoutMessage()
	}
	return failedMessage(s.Name(s.failed.first()))
}

// stops is what is stopped, and why.
type stops struct {
	reason, finally v1alpha1.Reason
	kills           bool
}

func (s *State) allStops() stops {
	reason, kills := s.stopped()
	finally, _ := s.finallyHalted()
	return stops{reason, finally, kills}
}

// stopBegins reports whether something, or more, is to be stopped than before.
func (d *graphTxn) stopBegins() bool {
	was := d.stops
	d.stops = d.allStops()
	return d.stops != was
}

// stopWaiting ends the steps that wait for their next attempt, or to try a create again. It comes before all skips: that a
// need has failed says more than that it was stopped.
func (d *graphTxn) stopWaiting() {
	for i := range d.open.all() {
		if reason, _ := d.halted(i); reason != "" {
			d.retryEnded(i)
		}
	}
	for i := range d.open.all() {
		if reason, _ := d.halted(i); reason == "" {
			continue
		}
		if a := d.latest(i); a != nil && a.stage == refused {
			d.stop(i)
		}
	}
}

// halt stops the rest. A step whose create is unanswered counts as running.
func (d *transition) halt() {
	for i := range d.count() {
		reason, _ := d.halted(i)
		if reason == "" {
			continue
		}
		a := d.latest(i)
		switch {
		case a != nil && a.isLive():
			d.evaluate(i)
		case d.isOpen(i):
			d.skip(i, reason, d.haltMessage(i))
		}
	}
}

// cancelAsked applies a mark.
func (d *transition) cancelAsked(e CancelAsked) {
	if e.Finally {
		d.cancelFinally(e.Grace)
		return
	}
	d.cancel(e.Now, e.Grace)
	// What is owned by a Job that is deleted is deleted with it: its Pods could not do their work.
	d.final.cancelled = d.final.cancelled || e.Deleted
}

// cancel ends the run as soon as may be: halt deletes what lives and skips the rest. When all steps have ended there is
// nothing left to cancel, and it is none of finally's business. Another grace than before is given to the Pods, too, that are on their way out already.
func (d *transition) cancel(at time.Time, grace *time.Duration) {
	if d.stepsEnded() && d.cancelledAt.IsZero() {
		return
	}
	learn(&d.cancelledAt, at)
	if grace == nil || d.grace != nil && *d.grace == *grace {
		return
	}
	d.grace = grace
	d.hasten(false)
}

// hasten gives another grace to the Pods that are on their way out, of the steps under finally or of all others.
func (d *transition) hasten(finally bool) {
	for i := range d.live.all() {
		if a := d.latest(i); a.killAsked && a.stage == seen && d.template(i).finally == finally {
			d.do(d.deletion(a.pod, a.pod.End != EndNone))
		}
	}
}

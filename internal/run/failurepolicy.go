package run

import (
	"fmt"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// passOn tells the steps that need others of their ends: an end that is what they wait for brings them nearer to their start,
// another one skips them and all that need them.
func (d *graphTxn) passOn() {
	for k := 0; k < len(d.ended); k++ { // skips add to it
		i := d.ended[k]
		d.meet(i)
		if end := d.steps.at(i).end; end.phase == v1alpha1.StepFailed || end.reason == v1alpha1.ReasonUpstreamFailed {
			d.skipDependents(i)
		}
	}
	// Those that were stopped or cancelled come last: that a need failed says more.
	for k := 0; k < len(d.ended); k++ {
		if i := d.ended[k]; d.steps.at(i).end.phase != v1alpha1.StepSucceeded {
			d.skipDependents(i)
		}
	}
	d.ended = nil
}

// meet tells the steps that wait for the end of one that it has come.
func (d *graphTxn) meet(i int) {
	d.own()
	end := d.steps.at(i).end
	for _, edge := range d.table.dependents[i] {
		if !edge.kind.isMet(end) {
			continue
		}
		next := int(edge.node)
		d.steps.own(next, d.before.steps).unmet[next%chunkLen]--
		if d.steps.unmet(next) == 0 {
			d.file(next)
		}
	}
}

// skipDependents ends the steps that wait for something else than the end that one has come to.
func (d *graphTxn) skipDependents(i int) {
	end := d.steps.at(i).end
	for _, edge := range d.table.dependents[i] {
		if next := int(edge.node); !edge.kind.isMet(end) && d.isOpen(next) {
			reason, message := d.upstream(i)
			d.skip(next, reason, message)
		}
	}
}

// upstream is why a step is skipped that waits for the success of one that has ended otherwise.
func (d *graphTxn) upstream(i int) (v1alpha1.Reason, string) {
	end := d.steps.at(i).end
	if end.phase == v1alpha1.StepFailed {
		return v1alpha1.ReasonUpstreamFailed, failedMessage(d.Name(i))
	}
	return end.reason, end.message
}

func failedMessage(name string) string { return fmt.Sprintf("step %q failed", name) }

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

// stopBegins says that with this event something, or more, is to be stopped.
func (d *graphTxn) stopBegins() bool {
	reason, kills := d.halted()
	was, killed := d.before.halted()
	return reason != was || kills != killed
}

// stopWaiting ends the steps that wait for their next attempt, or to try a create again. It comes before all skips: that a
// need has failed says more than that it was stopped.
func (d *graphTxn) stopWaiting() {
	d.followUndecided()
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
			d.judge(i)
		case d.isOpen(i):
			d.skip(i, reason, d.haltMessage())
		}
	}
}

package run

import (
	"fmt"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// passOn tells the steps that need others of their ends: a success brings them nearer to their start, a failure skips
// them and all that need them.
func (d *draft) passOn() {
	for k := 0; k < len(d.ended); k++ { // skips add to it
		i := d.ended[k]
		end := d.steps.at(i).end
		switch {
		case end.phase == v1alpha1.StepSucceeded:
			d.meet(d.plan.graph.Dependents(i))
		case end.phase == v1alpha1.StepFailed:
			d.skipDependents(i, v1alpha1.ReasonUpstreamFailed, failedMessage(d.plan.graph.Name(i)))
		case end.reason == v1alpha1.ReasonUpstreamFailed:
			d.skipDependents(i, end.reason, end.message)
		}
	}
	// Those that were stopped or cancelled come last: that a need failed says more.
	for k := 0; k < len(d.ended); k++ {
		i := d.ended[k]
		if end := d.steps.at(i).end; end.phase != v1alpha1.StepSucceeded {
			d.skipDependents(i, end.reason, end.message)
		}
	}
	d.ended = nil
}

// meet tells steps that one of their needs has succeeded.
func (d *draft) meet(steps []int) {
	d.own()
	for _, i := range steps {
		d.steps.own(i, d.before.steps).unmet[i%chunkLen]--
		if d.steps.unmet(i) == 0 {
			d.file(i)
		}
	}
}

func (d *draft) skipDependents(i int, reason v1alpha1.Reason, message string) {
	for _, next := range d.plan.graph.Dependents(i) {
		if d.isOpen(next) {
			d.skip(next, reason, message)
		}
	}
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
	return failedMessage(s.plan.graph.Name(s.failed.first()))
}

// stopBegins says that with this event something, or more, is to be stopped.
func (d *draft) stopBegins() bool {
	reason, kills := d.halted()
	was, killed := d.before.halted()
	return reason != was || kills != killed
}

// stopWaiting ends the steps that wait for their next attempt, or to try a create again. It comes before all skips: that a
// need has failed says more than that it was stopped.
func (d *draft) stopWaiting() {
	d.followUndecided()
	for i := range d.open.all() {
		if a := d.latest(i); a != nil && a.stage == refused {
			d.stop(i)
		}
	}
}

// halt stops the rest. A step whose create is unanswered counts as running.
func (d *draft) halt() {
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

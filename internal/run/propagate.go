package run

import (
	"fmt"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// settle draws the consequences of what has happened, until there are no more: ends reach the steps that wait for them, what is to
// be stopped is stopped, and conditions whose time has come are decided.
func (d *transition) settle() {
	for {
		stops := d.stopBegins()
		if stops {
			d.stopWaiting()
		}
		d.propagate()
		if stops {
			d.halt()
		}
		if len(d.ended) == 0 && !d.decide() {
			return
		}
	}
}

// propagate tells the steps that need others of their ends: an end that is what they wait for brings them nearer to their start,
// another one skips them and all that need them.
func (d *graphTxn) propagate() {
	for k := 0; k < len(d.ended); k++ { // skips add to it
		i := d.ended[k]
		d.needMet(i)
		if end := d.steps.at(i).end; end.phase == v1alpha1.StepFailed || end.reason == v1alpha1.ReasonUpstreamFailed {
			d.skipDependents(i)
		}
	}
	// Those that were stopped or cancelled, or whose condition was false, come last: that a need failed says more.
	told := len(d.ended)
	for k := 0; k < len(d.ended); k++ {
		i := d.ended[k]
		if k >= told {
			d.needMet(i)
		}
		if d.steps.at(i).end.phase != v1alpha1.StepSucceeded {
			d.skipDependents(i)
		}
	}
	d.ended = nil
}

// needMet tells the steps that wait for the end of one that it has come.
func (d *graphTxn) needMet(i int) {
	d.own()
	end := d.steps.at(i).end
	for _, edge := range d.table.dependents[i] {
		if !edge.kind.isMet(end) {
			continue
		}
		next := int(edge.node)
		d.steps.own(next, d.before.steps).unmet[next%chunkLen]--
		if d.steps.unmet(next) == 0 {
			d.reindex(next)
		}
	}
}

// skipDependents ends the steps that wait for something else than the end that one has come to.
func (d *graphTxn) skipDependents(i int) {
	end := d.steps.at(i).end
	for _, edge := range d.table.dependents[i] {
		if next := int(edge.node); d.isOpen(next) && (!edge.kind.isMet(end) || d.stopsBroken(edge, end)) {
			reason, message := d.upstream(i)
			d.skip(next, reason, message)
		}
	}
}

// stopsBroken reports whether a step that is to be stopped in any case is skipped for more than that: what it needs was skipped for
// a failure.
func (s *State) stopsBroken(next edge, end outcome) bool {
	if next.kind != afterNoFailure || end.reason != v1alpha1.ReasonUpstreamFailed {
		return false
	}
	reason, _ := s.halted(int(next.node))
	return reason == v1alpha1.ReasonStopped
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
